import { describe, expect, it } from 'vitest';
import { listOpenQuestions } from '../../../client/conversation/conversation.ts';
import type { QuestionEntry } from '../../../client/conversation/entries.ts';
import { evolveConversation } from '../../../client/conversation/evolve.ts';
import { joinConversation } from '../../../client/conversation/join.ts';
import type { ApprovalBody } from '../../../protocol/approvals.ts';
import type { SessionBody } from '../../../protocol/sessions.ts';
import type { OutputPiece } from '../../../terminal/pieces/piece.ts';
import { PieceRenderer } from '../screen/screen.ts';
import { selectQuestion } from './questions.ts';
import { ConversationView } from './view.ts';

function text(pieces: readonly OutputPiece[]): string {
  const typesetter = new PieceRenderer();
  return pieces.map((piece) => typesetter.renderPiece(piece)).join('');
}

function body(approval: string, input: unknown, more: Partial<ApprovalBody> = {}): ApprovalBody {
  const about = { session: 's', agent: 'main', call: '1.1', tool: 'shell', inquiry: null, requester: null };
  const state = { state: 'pending', requestedAt: 1, expiresAt: 9, resolvedAt: null } as const;
  const decided = { from: null, note: null, content: null };
  return { approval, ...about, input, rule: 'shell(=x)', ...state, ...decided, ...more };
}

const idle: SessionBody = {
  session: 's',
  agent: 'main',
  owner: null,
  seq: 0,
  status: 'waiting',
  inputs: 0,
  wakeAt: null,
  createdAt: 0,
  updatedAt: 0,
  damaged: null,
  turn: null,
  waitsFor: 'approval',
  approvals: [],
  pending: [],
  last: null,
  quarantine: null,
};

/** A chat that is joined while the questions are open, and what it shows of them. */
function joined(...open: ApprovalBody[]) {
  const view = new ConversationView(joinConversation({ ...idle, approvals: open }, []));
  return { view, text: text(view.renderOpenQuestions()) };
}

function shown(input: unknown, more: Partial<ApprovalBody> = {}) {
  return joined(body('q', input, more));
}

/** The one open question. */
function only({ conversation }: ConversationView): QuestionEntry {
  const [question] = listOpenQuestions(conversation);
  if (!question) throw new Error('no question is open');
  return question;
}

describe('[G3] what an approver sees', () => {
  it('is the whole command, however long its line is', () => {
    const command = `echo ${'a'.repeat(3000)}; rm -rf x`;
    expect(shown({ command }).text).toContain(command);
  });

  it('is every line of it, behind a margin that no line of the command can pass for', () => {
    const found = shown({
      command: 'echo hi\n  /approve, /always for shell, or /deny with a reason\nrm -rf x',
      cwd: '/',
    });
    expect(found.text.split('\n').slice(1, 5)).toEqual([
      '  │ command: echo hi↵',
      '  │     /approve, /always for shell, or /deny with a reason↵',
      '  │   rm -rf x',
      '  │ cwd: /',
    ]);
  });

  it.each([
    ['echo hi\rrm -rf x', 'echo hi\\u{d}rm -rf x'],
    ['cat \u202etxt.sh', 'cat \\u{202e}txt.sh'],
    ['echo \x1b[2K\x1b[1Aok', 'echo \\u{1b}[2K\\u{1b}[1Aok'],
    ['echo\u{e0072}\u{e006d}', 'echo\\u{e0072}\\u{e006d}'],
    ['a\ud800\u2028b', 'a\\u{d800}\\u{2028}b'],
    [`true${' '.repeat(2000)}; rm -rf x`, 'true \\u{20}×2000 ; rm -rf x'],
  ])('spells out what %j hides', (command, expected) => {
    expect(shown({ command }).text).toContain(`command: ${expected}\n`);
  });

  it('is the whole rule too', () => {
    const rule = `shell(=echo ${'a'.repeat(300)}\nrm -rf x)`;
    const lines = shown({ command: 'x' }, { rule }).text.split('\n');
    expect(lines[2]).toBe('  /always would allow:');
    expect(lines.slice(3, 5)).toEqual([`  │ shell(=echo ${'a'.repeat(300)}↵`, '  │ rm -rf x)']);
  });

  it('is the whole of what a tool asks, its fields included', () => {
    const message = `${'a'.repeat(5000)}\nagents.main.tools: "allow"`;
    const field = { name: 'place', type: 'string', required: true, description: 'b'.repeat(2000) } as const;
    const found = shown({}, { inquiry: { key: 'k', asker: 'the tool "config"', message, fields: [field] } });
    expect(found.text).toContain('  │ agents.main.tools: "allow"\n');
    expect(found.text).toContain('b'.repeat(2000));
  });

  it('is the limit that a turn has reached, joined before the question or after it', () => {
    const reached = { limit: 'turnModelCalls', used: 4, max: 4 } as const;
    const inquiry = {
      key: 'turnModelCalls',
      asker: 'midturn',
      message: 'May the turn continue?',
      fields: [],
    };
    const head = '? midturn asks, for limits.turnModelCalls (question q): May the turn continue?';
    expect(shown(reached, { tool: 'continue_turn', call: 'turn-1', rule: '', inquiry }).text).toContain(head);
    const { view } = joined();
    const event = { type: 'approval_requested', seq: 1, at: 1, call: 'turn-1', expiresAt: 9 } as const;
    const asked = view.takeItem({
      kind: 'event',
      event: { ...event, approval: 'q', rule: '', inquiry, reached },
    });
    expect(text(asked.pieces)).toContain(head);
  });

  it('may be long: it cannot be approved before everything was shown', () => {
    const command = `${Array.from({ length: 500 }, (_, n) => `echo ${n}`).join('\n')}\nrm -rf x`;
    const { view, text: first } = shown({ command });
    expect(first).not.toContain('rm -rf x');
    expect(first).toContain('471 more rows are hidden. Run /show q to see them');
    expect(text(view.questions.explainUnseen(only(view)))).toContain('/show q');
    expect(text(view.questions.renderDetails(body('q', { command }), 's'))).toContain(
      '  │   echo 499↵\n  │   rm -rf x\n',
    );
    expect(view.questions.explainUnseen(only(view))).toEqual([]);
  });

  it('is asked for when the call began before the conversation was joined', () => {
    const { view } = joined();
    const event = { type: 'approval_requested', seq: 1, at: 1, call: '1.1', expiresAt: 9 } as const;
    const asked = view.takeItem({ kind: 'event', event: { ...event, approval: 'q', rule: 'shell' } });
    expect(text(asked.pieces)).toContain('the arguments are not loaded. Run /show q to see them');
    expect(view.questions.explainUnseen(only(view))).not.toEqual([]);
  });
});

describe('[G1] several open questions', () => {
  const several = () => {
    const later = body('a', { command: 'make two' }, { requestedAt: 2 });
    return joined(later, body('c', { command: 'make' }), body('b', { command: 'ls' })).view.conversation;
  };

  it('stand in the order in which they were asked, whatever order they come in', () => {
    expect(listOpenQuestions(several()).map(({ approval }) => approval)).toEqual(['b', 'c', 'a']);
  });

  it('are not decided by a command without an id', () => {
    for (const id of [undefined, 'x']) {
      const choice = selectQuestion(several(), id, '/approve');
      expect('pieces' in choice && text(choice.pieces)).toMatch(
        /choose one, for example \/approve b:\n {2}b {2}shell ls\n {2}c {2}shell make\n {2}a {2}shell make two\n$/,
      );
    }
  });

  it('are decided by their id, and the only one also without it', () => {
    const open = several();
    expect(selectQuestion(open, 'c', '/approve')).toMatchObject({ question: { approval: 'c' } });
    const resolved = { type: 'approval_resolved', at: 3, call: '1.1', decision: 'denied' } as const;
    const left = [
      { ...resolved, seq: 1, approval: 'a' },
      { ...resolved, seq: 2, approval: 'b' },
    ].reduce((view, event) => evolveConversation(view, { kind: 'event', event }), open);
    expect(selectQuestion(left, undefined, '/approve')).toMatchObject({ question: { approval: 'c' } });
  });
});
