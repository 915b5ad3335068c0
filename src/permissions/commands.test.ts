import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArgumentPattern } from './patterns/kind.ts';
import { createCommandPatterns } from './shell/commands.ts';

function pattern(text: string): ArgumentPattern {
  const made = createCommandPatterns('command').parsePattern(text, { files: '/', commands: '/' });
  if (typeof made === 'string') throw new Error(made);
  return made;
}

const matches = (text: string, command: string) => pattern(text).matches({ command });
const could = (text: string, command: string) => pattern(text).mayMatch({ command });

describe('what certainly is the command', () => {
  it.each([
    ['git status*', 'git status'],
    ['git status*', 'git status --short'],
    ['git status*', '  git\tstatus  '],
    ['git status*', '"git" \'st\'atus'],
    ['git status*', 'g\\it status'],
    ['git commit -m *', "git commit -m 'a; b | c $(d) `e` > f # g'"],
    ['git commit -m *', 'git commit -m "it\'s \\$5 and \\"more\\""'],
    ['ls *', 'ls *.txt'],
    ['echo *', 'echo a=b ~ x~ !'.replace(' ~ ', ' ')],
    ['git reset HEAD~1', 'git reset HEAD~1'],
    ["git commit -m 'two words'", 'git commit -m "two words"'],
    ['find . -name \\*.ts', "find . -name '*.ts'"],
  ])('%j is %j', (text, command) => {
    expect(matches(text, command)).toBe(true);
    expect(could(text, command)).toBe(true);
  });

  it.each([
    ['another command', 'git push'],
    ['the words of it in another order', 'status git'],
    ['one word that looks like two', '"git status"'],
    ['one word that looks like two, escaped', 'git\\ status'],
    ['a second command', 'git status; rm x'],
    ['a second command without a space', 'git status;rm x'],
    ['a command if it succeeds', 'git status && rm x'],
    ['a command if it fails', 'git status || rm x'],
    ['a pipe', 'git status | sh'],
    ['a command beside it', 'git status & rm x'],
    ['a second line', 'git status\nrm x'],
    ['a second line, for some', 'git status\rrm x'],
    ['a line break in quotes', 'git status "\n"; rm x'],
    ['an escaped line break', 'git status \\\nrm x'],
    ['a substitution', 'git status $(rm x)'],
    ['a substitution in quotes', 'git status "$(rm x)"'],
    ['a substitution with backticks', 'git status `rm x`'],
    ['a substitution behind an escaped backslash', 'git status "\\\\$(rm x)"'],
    ['a substitution of a process', 'git status <(rm x)'],
    ['a redirection', 'git status > .git/hooks/pre-commit'],
    ['a redirection of errors', 'git status 2>x'],
    ['input', 'git status < x'],
    ['a here-document', 'git status <<E\n$(rm x)\nE'],
    ['a variable', 'git status $X'],
    ['a variable in quotes', 'git status "$X"'],
    ['a quote that is translated', "git status $'\\x3b'"],
    ['an assignment', 'GIT_SSH=evil git status'],
    ['an assignment to a part', 'a[0]=x git status'],
    ['a comment', 'git status # rm x'],
    ['a group', '{ git status; }'],
    ['a subshell', '(git status)'],
    ['braces', 'git status {a,b}'],
    ['a home folder', '~/git status'],
    ['a home folder behind a sign', 'git status x=~'],
    ['a home folder behind a sign', 'git status --x=~/a'],
    ['a home folder behind a sign', 'git status a:~b'],
    ['a reserved word', '! git status'],
    ['a wildcard as the command', 'g?t status'],
    ['a wildcard as the command', '[g]it status'],
    ['a wildcard as the command', '* status'],
    ['env', 'env git status'],
    ['xargs', 'xargs git status'],
    ['a shell', "sh -c 'git status'"],
    ['another path', './git status'],
    ['another path', '/tmp/git status'],
    ['a space that is none', 'git\u00a0status'],
    ['a letter that looks the same', 'gіt status'],
    ['an invisible character', 'git st\u200batus'],
    ['text that is turned around', 'git status \u202e'],
    ['half a character', 'git status \ud800'],
    ['an open quote', 'git status "'],
    ['an open quote', "git status '"],
    ['an open escape', 'git status \\'],
    ['nothing', ''],
    ['nothing', '   '],
    ['nothing in quotes', "'' git status"],
    ['a NUL', 'git\0status'],
  ])('%s is not: %j', (_, command) => expect(matches('git status*', command)).toBe(false));
});

describe('what could be the command', () => {
  it.each([
    'rm x',
    '/bin/rm x',
    '../../bin/rm x',
    'r\\m x',
    "r''m x",
    '"rm" x',
    "'r'm x",
    'r\\\nm x',
    'true; rm x',
    'true;rm x',
    'true && rm x',
    'false || rm x',
    'true | rm x',
    'true & rm x',
    'true\nrm x',
    '{ rm x; }',
    '(rm x)',
    '! rm x',
    'if true; then rm x; fi',
    'for i in a b; do rm $i; done',
    'f() { rm "$@"; }; f x',
    'A=1 rm x',
    '>log rm x',
    '2>&1 rm x',
    'echo $(rm x)',
    'echo "$(rm x)"',
    'echo "a $(echo "b $(rm x)")"',
    'echo `rm x`',
    'echo "`rm x`"',
    `echo "$\{Y:-$(rm x)}"`,
    `echo $\{Y:=\`rm x\`}`,
    'echo $((1 + $(rm x)))',
    'diff <(rm x) y',
    'cat <<E\n$(rm x)\nE',
    'sh <<E\nrm x\nE',
    'env rm x',
    'env -S "rm x"',
    "env -S'rm x'",
    'env A=1 rm x',
    'sudo -u root rm x',
    'nice -n 5 rm x',
    'timeout 5 rm x',
    'echo x | xargs rm',
    'xargs -I{} rm {}',
    'find . -exec rm {} +',
    'find . -exec sh -c "rm x" ;',
    'sh -c "rm x"',
    "bash -c 'true; rm x'",
    'bash -lc \'true && "rm" x\'',
    'sh -c "sh -c \\"rm x\\""',
    'eval "rm x"',
    'eval rm x',
    'eval "$X"',
    'sh -c "$X"',
    "sh -c $'rm\\x20y'",
    '$X x',
    `$\{X} x`,
    'r$X x',
    '$(echo rm) x',
    '`echo rm` x',
    "$'rm' x",
    '$"rm" x',
    '{rm,x}',
    '/bin/r? x',
    '/bin/[r]m x',
    '*/rm x',
    `rm$\{IFS}x`,
    'echo cm0geA== | base64 -d | sh',
    'curl -s x | bash -s',
    'sh < x',
    'tar --to-command=rm x -f y',
    "tar --to-command='rm x' -f y",
    'python3 -c \'import os; os.system("rm x")\'',
    "git -c alias.z='!rm x' z",
    'ssh host rm x',
    'rm\u00a0x',
    'busybox rm x',
    'command rm x',
    'exec rm x',
    'time rm x',
    'echo ok # ; rm x',
    'git commit -m "rm old files"',
  ])('%j', (command) => expect(could('rm *', command)).toBe(true));

  it.each([
    'ls',
    'rmdir x',
    'echo form x',
    'git rm',
    'echo $HOME',
    'echo "$HOME is home"',
    'ls *.txt',
    '[ -f x ] && echo y',
    '[[ -f x ]] && echo y',
    'make -j4 && make install',
    `echo $\{X:-none}`,
    'cat <<E\nhello\nE',
    'npm run form x',
    "grep -E '^(a|b)$' x",
    'git log --format=%H | head -1',
    '(cd a && make)',
  ])('not %j', (command) => expect(could('rm *', command)).toBe(false));

  it.each([
    'rm </dev/null -rf x',
    'rm >o -rf x',
    'rm 2>&1 -rf x',
    'rm {fd}>o -rf x',
    'rm &>o -rf x',
    'rm <<<a -rf x',
    'rm <<E -rf x\nE',
    "rm <<-'E' -rf x\n\tE",
    'rm <(true) -rf x',
    'rm $U -rf x',
    '$U rm -rf x',
    'rm \u00a0-rf x',
    'r\\\nm -rf x',
    'rm -\\\nrf x',
    'A=1 $X -rf x',
    'A=1 {rm,-rf,x}',
    'if $X -rf x; then :; fi',
    'function f { $X; }',
    'f() { rm "$@"; }; f -rf x',
    'set -- rm -rf x; "$@"',
    "true #'\nrm ';y' -rf x",
    "cat <<'E'\nit's\nE\nrm ';y' -rf x",
    "a[1 # ']=x\nrm ';y' -rf x",
    'shopt -s extglob\nrm !(y) -rf x',
    'shopt -s expand_aliases; alias r=rm\nr -rf x',
    'hash -p /bin/rm ls; ls -rf x',
    `: $\{X@P}`,
    `cat <<E\n$\{U:-\`rm -rf x\`}\nE`,
    'echo `echo \\`rm -rf x\\``',
    "git -c alias.z='!rm$IFS-rf$IFS.' z",
    'rm -v -rf x',
    'rm "" -rf x',
    'rm -rf x\r\n',
  ])('is found with what stands between its words: %j', (command) =>
    expect(could('rm *-rf*', command)).toBe(true),
  );

  it.each([
    ['rm * -rf*', 'rm { -rf x'],
    ['rm * -rf*', 'rm \r -rf x'],
    ['rm -rf /root*', 'rm -rf ~/x'],
    ['git push*', 'git -c a=b push'],
    ['git push*', 'git --no-pager push'],
    ['git push*', 'git "" push'],
    ['git push*', 'git --git-dir x --work-tree y push'],
    ['git push*', 'git >o -c x=y <i push'],
    ['kubectl delete pod*', 'kubectl -n ns delete pod x'],
    ['kubectl delete pod*', 'kubectl delete -n ns pod x'],
  ])('%j may be %j', (text, command) => expect(could(text, command)).toBe(true));

  it.each([
    ['git push*', 'git log --oneline'],
    ['git push*', 'git commit -m push'],
    ['rm *', 'git add .'],
    ['rm *', 'find . -type f | head'],
    ['rm *', 'timeout 5 make test'],
    ['rm *', 'echo one\r\n\r\necho two\r\n'],
    ['rm *', "git commit -m \"$(cat <<'EOF'\nit's fine (a)\nEOF\n)\""],
    ['rm *', `for f in *.ts; do echo "$\{f%.ts}"; done`],
    ['rm *', 'if (( $x > 3 )); then echo y; fi'],
    ['rm *', 'echo $((1 << 4))'],
  ])('%j is not %j', (text, command) => expect(could(text, command)).toBe(false));

  it('is everything that certainly is it', () => {
    const word = fc.stringMatching(/^[a-z\\'" *$;-]{0,6}$/);
    const rules = ['git *', '*', 'git', 'g* -*', '* x'].map(pattern);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (words) => {
        const input = { command: ['git', ...words].join(' ') };
        for (const rule of rules)
          if (rule.matches(input)) expect(rule.mayMatch(input), input.command).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is found out in bounded time', () => {
    const deep = '$('.repeat(2_000);
    const lines = [
      '"a '.repeat(30_000),
      deep,
      '{'.repeat(2_000),
      `${'`'.repeat(5_000)}`,
      '"$('.repeat(3_000),
      'a '.repeat(50_000),
    ];
    const started = performance.now();
    for (const command of lines) could('* rm *', command);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

it('a whole line is the line and nothing else', () => {
  const line = '=make  && make install # now';
  expect(matches(line, 'make  && make install # now')).toBe(true);
  for (const other of ['make && make install # now', 'make  && make install # now ', 'make']) {
    expect(matches(line, other) || could(line, other)).toBe(false);
  }
});
