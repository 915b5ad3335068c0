import type { SessionState } from '../core/state.ts';
import type { LiveSession } from './live-session.ts';
import type { Runner } from './runner.ts';

/**
 * Takes up everything that is unfinished and free; call it again when an earlier generation has let go of more. Sessions are loaded a few at a time. One that has already died with the
 * daemon in its present step is a suspect: suspects are tried last and one after the other, so that the culprit
 * takes nobody with it and is found by its own count of attempts.
 */
export async function resume(runner: Runner): Promise<number> {
  const { journal, settings, report, generation } = runner.ports;
  const free = (await journal.unfinished()).filter(({ owner }) => owner === null || owner === generation);
  const names = free
    .filter(({ session, inputs }) => !runner.live.has(session) && (inputs > 0 || !runner.sleeps(session)))
    .map(({ session }) => session);
  await runner.ports.grants.refresh();
  const suspects: LiveSession[] = [];
  const takeUp = async (name: string) => {
    // The next generation takes up what is left.
    if (runner.admission.stopped) return;
    const session = await runner.load(name);
    if (!session) return;
    if (suspicious(session.state)) {
      runner.admission.hold(session);
      suspects.push(session);
    }
    session.poke({ inbox: true });
    report('session:resumed', { session: name, turn: session.state.turns, held: suspicious(session.state) });
  };
  await eachOf(names, settings().resumeConcurrency, takeUp);
  void tryOneByOne(runner, suspects);
  return names.length;
}

function suspicious({ turn }: SessionState): boolean {
  return turn !== null && ((turn.call?.crashes ?? 0) > 0 || turn.tools.some((tool) => tool.crashes > 0));
}

async function tryOneByOne(runner: Runner, suspects: readonly LiveSession[]): Promise<void> {
  for (const session of suspects) {
    runner.admission.unhold(session);
    await runner.until(() => session.quiet || !suspicious(session.state));
  }
}

async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
