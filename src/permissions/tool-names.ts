/** The names of the built-in tools; a test keeps this list equal to the names in the tool definitions. */
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
