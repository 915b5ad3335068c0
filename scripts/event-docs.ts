import { type EventName, RUNTIME_EVENTS } from '../src/telemetry/events/catalogue.ts';

/** Renders the page of all runtime events from their catalogue. */
export function eventReference(): string {
  const names = Object.keys(RUNTIME_EVENTS).filter((name): name is EventName =>
    Object.hasOwn(RUNTIME_EVENTS, name),
  );
  const groups = Map.groupBy(names.sort(), (name) => name.split(':')[0] ?? '');
  const sections = [...groups].map(([group, events]) => {
    const rows = events.map((name) => {
      const { level, description } = RUNTIME_EVENTS[name];
      return `| \`${name}\` | ${level} | ${description} |`;
    });
    return [`## ${group}`, '', '| Event | Level | Reported when |', '| --- | --- | --- |', ...rows, ''].join(
      '\n',
    );
  });
  return [
    '# Runtime events',
    '',
    'What the daemon reports about itself: the log has each event as a record with this name as `msg`, and the metric `midturn_events_total` counts them. The events of a conversation are another thing; `midturn sessions events` shows them. This page is generated from `src/telemetry/events`.',
    '',
    ...sections,
  ].join('\n');
}
