/** The built-in tools; a test keeps the list equal to what the tools themselves say. */
export const TOOL_NAMES: readonly string[] = [
  'shell',
  'read_file',
  'write_file',
  'edit_file',
  'list_files',
  'search_files',
  'http_fetch',
  'delegate',
  'remind',
  'list_reminders',
  'cancel_reminder',
  'read_output',
  'read_skill',
  'config',
];
