import { MidturnError } from './errors.ts';

/** What a tool will not do. The message is for the model, which can choose another way. */
abstract class ToolRefusal extends MidturnError {
  readonly status = 422;
}

export class StartFolderError extends ToolRefusal {
  readonly code = 'start_folder_missing';
  constructor(folder: string) {
    super(`There is no folder ${folder} to start the command in; the command was not run.`);
  }
}
