import type { DatabaseSync } from 'node:sqlite';
import type { WriteResult } from '../roles/result.ts';
import { assertDurable } from '../store/connection.ts';
import { describeStoreError, isTransient, isUnavailable, mayHaveReachedFile } from '../store/failure.ts';
import { executeOperation } from './execute.ts';
import type { FaultPoint } from './fault.ts';
import type { ForeignChanges } from './foreign.ts';
import type { WriteOperation, WriterReply } from './operation.ts';
import type { WriterStatements } from './statements.ts';

/** Commits operations in groups: the connection of the writer thread and its state. */
export interface WriterContext {
  db: DatabaseSync;
  sql: WriterStatements;
  foreign: ForeignChanges;
  fault: FaultPoint | undefined;
  /** True once SQLite was seen to sync its commits; checked after the first commit. */
  checked: boolean;
}

/**
 * Operations per transaction, at most. Small enough that the main thread works on the results of one group
 * while the next one is being synced.
 */
const LARGEST_GROUP = 64;

/**
 * Commits operations as one transaction: one fsync for all. `more` returns what has arrived while the
 * transaction is open. When the store cannot be written, all operations of the group fail and nothing is kept.
 * Throws only when SQLite turns out not to sync its commits.
 */
export function commitGroup(
  writer: WriterContext,
  first: WriteOperation[],
  more: () => WriteOperation[] | undefined,
): WriterReply {
  const group = runTransaction(writer, first, more);
  if (group.error !== undefined) return handleFailure(writer, group);
  if (!writer.checked) assertDurable(writer.db);
  writer.checked = true;
  return { answers: group.answers, foreign: group.foreign };
}

interface Group {
  operations: WriteOperation[];
  answers: WriteResult[];
  foreign: string[];
  error?: unknown;
  /** True once the commit was started: then its frames may be in the file although it failed. */
  committing: boolean;
}

function runTransaction(
  writer: WriterContext,
  first: WriteOperation[],
  more: () => WriteOperation[] | undefined,
): Group {
  const { sql, fault } = writer;
  const group: Group = { operations: first, answers: [], foreign: [], committing: false };
  try {
    sql.begin.run();
    group.foreign = writer.foreign.findChanges();
    executeAll(sql, first, group.answers);
    for (let batch = more(); batch; batch = group.answers.length < LARGEST_GROUP ? more() : undefined) {
      group.operations = group.operations.concat(batch);
      executeAll(sql, batch, group.answers);
    }
    fault?.beforeCommit(group.operations);
    group.committing = true;
    sql.commit.run();
    fault?.afterCommit(group.operations);
    writer.foreign.recordOwnWrites(group.operations, group.answers);
  } catch (error) {
    group.error = error;
    rollBackGroup(writer);
  }
  return group;
}

function executeAll(sql: WriterStatements, operations: WriteOperation[], answers: WriteResult[]): void {
  for (const operation of operations) answers.push(executeOperation(sql, operation));
}

/** Rolls the transaction back. If that fails, it is tried again when the next group cannot begin. */
function rollBackGroup({ db, sql }: WriterContext): void {
  try {
    if (db.isTransaction) sql.rollback.run();
  } catch {
    // The group already carries the error that matters.
  }
}

/**
 * Answers a group that failed. When the store is fine, each operation is tried separately, so that one that
 * SQLite rejects does not fail the others.
 */
function handleFailure(
  writer: WriterContext,
  { operations, error, foreign, committing }: Group,
): WriterReply {
  if (isUnavailable(error) || operations.length === 1) {
    const uncertain = committing && mayHaveReachedFile(error);
    const why = describeStoreError(error);
    const failed: WriteResult = {
      done: false,
      refused: 'failed',
      why,
      uncertain,
      damaged: !isTransient(error),
    };
    return { answers: operations.map(() => failed), foreign };
  }
  const tries = operations.map((operation) => commitGroup(writer, [operation], () => undefined));
  return {
    answers: tries.flatMap(({ answers }) => answers),
    foreign: foreign.concat(...tries.map((each) => each.foreign)),
  };
}
