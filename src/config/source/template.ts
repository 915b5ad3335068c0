/**
 * The text that `midturn config edit` opens when the home has no configuration file. It is valid as it is, with the
 * usual keys as comments; every commented-out block is valid, too, once its comment signs are removed.
 */
export const CONFIG_TEMPLATE = `// Midturn's configuration. JSON with comments; a save is in force at once, a mistake changes nothing.
// Every key: docs/reference/config.md. What a change would do: midturn config plan FILE.
{
  // Editors complete and check this file with the schema that comes with Midturn.
  // "$schema": "./node_modules/midturn/schema/midturn.schema.json",

  // Where the API listens. Any address but loopback needs a token in "auth".
  // "listen": "127.0.0.1:7717",

  // Where models come from. \${env:NAME} reads a variable of the daemon, \${file:path} a file; both stay references.
  // "providers": {
  //   "anthropic": { "type": "anthropic", "apiKey": "\${env:ANTHROPIC_API_KEY}" },
  //   "local": { "type": "openai-compatible", "baseUrl": "http://127.0.0.1:11434/v1" },
  // },

  // The agents by name. "scripted/echo" needs no provider: it repeats what it is told.
  "agents": {
    "main": {
      "model": "scripted/echo",
      "instructions": "You look after this machine. Be brief.",
      // What the agent may do: "allow", "ask" (an operator approves the call first) or "deny", by tool and argument.
      "tools": {
        "*": "ask",
        "read_file": "allow",
        "list_files": "allow",
        "search_files": "allow",
        // "shell(git status*)": "allow",
      },
    },
  },

  // The folders that file tools may touch; <home>/work when absent.
  // "tools": { "files": { "roots": ["work", "~/notes"] } },

  // What the daemon does by itself, at times that you choose.
  // "schedules": {
  //   "morning": { "cron": "0 8 * * 1-5", "agent": "main", "session": "notes/morning", "message": "What is open?" },
  // },
}
`;
