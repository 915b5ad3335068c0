import fc from 'fast-check';

/** Lines of shell that are rich in what changes the reading of words: quotes, redirections, input given in the line. */
export function shellLine(name: string): fc.Arbitrary<string> {
  const { line } = fc.letrec<Grammar>((tie) => ({
    piece: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 6, arbitrary: fc.constantFrom(...PLAIN) },
      { weight: 4, arbitrary: fc.constantFrom(...QUOTED) },
      { weight: 2, arbitrary: fc.constantFrom(...EXPANDED) },
      { weight: 1, arbitrary: tie('line').map((line) => `$(${line})`) },
      { weight: 1, arbitrary: tie('line').map((line) => `"$(${line})"`) },
      { weight: 1, arbitrary: tie('line').map((line) => `$( ${line} )`) },
      { weight: 1, arbitrary: tie('line').map((line) => `<(${line})`) },
      { weight: 1, arbitrary: tie('line').map((line) => `\`${line.replaceAll(/[\\`$]/g, '\\$&')}\``) },
      { weight: 1, arbitrary: tie('word').map((word) => `$\{U:-${word}}`) },
      { weight: 1, arbitrary: tie('word').map((word) => `"$\{U:-${word}}"`) },
    ),
    word: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join('')),
    part: fc.oneof(
      { weight: 4, arbitrary: tie('word') },
      { weight: 2, arbitrary: fc.constantFrom(...REDIRECTIONS) },
      { weight: 1, arbitrary: tie('word').map((word) => `<<<${word}`) },
      { weight: 1, arbitrary: fc.constantFrom(...HEREDOCS) },
    ),
    command: fc
      .tuple(
        fc.array(fc.oneof(fc.constantFrom('A=1', 'A=', '! ', '\\\n'), fc.constantFrom(...REDIRECTIONS)), {
          maxLength: 2,
        }),
        fc.constantFrom(...spellingsOf(name), 'true', ':'),
        fc.array(tie('part'), { maxLength: 5 }),
        fc.constantFrom(' ', ' ', ' ', '\t', ' \\\n'),
        fc.array(fc.constantFrom(...BODIES), { maxLength: 3 }),
      )
      .map(([before, first, parts, blank, body]) =>
        withBodies([...before, first, ...parts].join(blank), body),
      ),
    compound: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 8, arbitrary: tie('command') },
      { weight: 1, arbitrary: tie('line').map((line) => `{ ${line}\n}`) },
      { weight: 1, arbitrary: tie('line').map((line) => `(${line}\n)`) },
      { weight: 1, arbitrary: tie('line').map((line) => `if ${line}\nthen ${line}\nfi`) },
      { weight: 1, arbitrary: tie('line').map((line) => `for i in 1; do ${line}\ndone`) },
      { weight: 1, arbitrary: tie('line').map((line) => `case x in (y) ;; x) ${line}\n;; esac`) },
      { weight: 1, arbitrary: tie('line').map((line) => `f() { ${line}\n}; f`) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '((1<2))',
          '[[ a < b ]]',
          'a=(x "y z" \'(\')',
          'a[1 + 2]=x',
          ': $((1<<2))',
        ),
      },
      { weight: 1, arbitrary: tie('line').map((line) => `eval '${line.replaceAll("'", "'\\''")}'`) },
    ),
    line: fc
      .array(fc.tuple(tie('compound'), fc.constantFrom(...JOINTS)), { minLength: 1, maxLength: 3 })
      .map((pairs) =>
        pairs.map(([command, joint], index) => command + joint(command, index === pairs.length - 1)).join(''),
      ),
  }));
  return line;
}

type Grammar = {
  piece: string;
  word: string;
  part: string;
  command: string;
  compound: string;
  line: string;
};

/** Ways to write a name that all mean it. */
function spellingsOf(name: string): string[] {
  const [first, rest] = [name.slice(0, 1), name.slice(1)];
  return [
    name,
    name,
    name,
    `\\${name}`,
    `"${first}"${rest}`,
    `'${first}'${rest}`,
    `${first}\\\n${rest}`,
    `$'${name}'`,
  ];
}

/** A command is followed by the bodies of its here-documents, on lines of their own. */
function withBodies(line: string, body: string[]): string {
  const bodies = [...line.matchAll(/<<(-?)[ ]?(['"\\]?)(E\d?)/g)].map(([, tabs, , end]) => {
    return `\n${body.join('\n')}\n${tabs ? '\t' : ''}${end}`;
  });
  return bodies.length > 0 ? `${line}${bodies.join('').replaceAll('\n\n', '\n')}\n` : line;
}

const JOINTS: ((command: string, last: boolean) => string)[] = [
  ' ; ',
  '\n',
  ' && ',
  ' || ',
  ' | ',
  ' & ',
  "# it's (\n",
  ' # " \n',
].map((joint) => (command, last) => {
  if (joint.includes('#')) return command.endsWith('\n') ? joint.trimStart() : ` ${joint.trimStart()}`;
  if (command.endsWith('\n')) return '';
  return last ? '' : joint;
});

/** Separated by bars; line breaks and carriage returns are written as signs. */
function splitLines(text: string): string[] {
  return text
    .split('¦')
    .map((item) => item.replaceAll('␤', '\n').replaceAll('␍', '\r').replaceAll('␣', '\u00a0'));
}

const PLAIN = splitLines('x¦-rf¦-f¦a¦2¦{¦}¦!¦a#¦#a¦=¦A=1¦␍¦␣¦,¦~¦:¦@¦%¦]¦if¦case¦esac¦done');

const QUOTED = splitLines(
  String.raw`\ ¦\;¦\#¦\¦\"¦\'¦\<¦\$¦\{¦\␤¦'a;b'¦' # '¦'\'¦'␤'¦'"'¦"'"¦"a b"¦"#"¦"<"¦"\""¦"\"¦"\␤"¦"␤"¦""¦''¦"$V"¦"\$("¦'$('¦';x'¦";x"¦'<<E'¦'('¦")"¦'}'¦"{"`,
);

const EXPANDED = splitLines(
  String.raw`$V¦$U¦$'a b'¦$'\''¦$"a b"¦{a,b}¦{a,"b c"}¦{a,'}'}¦*.z¦[ab]¦[']']¦?¦$#¦$?¦$¦$(:)¦$((1+2))¦$((1<2))¦$[1]`,
).concat(['{V}', '{U:-d}', "{U:-'}'}", '{#V}', '{V#v}', '{U:-a b}'].map((braces) => `$${braces}`));

const REDIRECTIONS = splitLines(
  String.raw`>o¦> o¦2>o¦2> o¦</dev/null¦< /dev/null¦>>o¦2>&1¦>&2¦&>o¦&>>o¦>|o¦<>o¦3<&-¦{fd}>o¦>"o p"¦>'o'¦>o\ p¦<<<x¦<<< 'a b'¦<<<"$V"¦>\␤o`,
);

const HEREDOCS = splitLines(String.raw`<<E¦<<'E'¦<<-E¦<<"E"¦<<\E¦<< E¦<<E1¦<<-'E2'`);

const BODIES = splitLines(String.raw`x¦it's¦"¦$(:)¦\¦x\¦ E¦	E¦E ¦'¦$V¦(¦)¦# x¦E'¦$((1))¦E)`);

/** Lines as agents write them every day, with no command in them that anybody would forbid. */
export function plainLine(): fc.Arbitrary<string> {
  const word = fc.constantFrom(...WORDS);
  const command = fc
    .tuple(fc.constantFrom(...PROGRAMS), fc.array(word, { maxLength: 3 }), fc.constantFrom(...AFTER))
    .map(([program, words, after]) => [program, ...words].join(' ') + after);
  return fc
    .array(fc.tuple(command, fc.constantFrom(' && ', ' | ', '; ', '\n', ' || ')), {
      minLength: 1,
      maxLength: 3,
    })
    .map((pairs) =>
      pairs
        .map(([text, joint], index) => {
          if (index === pairs.length - 1) return text;
          return text.endsWith('\n') ? text : text + joint;
        })
        .join(''),
    );
}

const PROGRAMS = splitLines(
  'git add¦git commit -m¦ls¦cat¦npm run¦make¦grep -rn¦echo¦mkdir -p¦cd¦python3¦docker ps¦sed -n',
);

const WORDS = splitLines(
  `.¦src/main.ts¦-la¦--help¦"a b"¦'it is (fine)'¦"$HOME/x"¦*.ts¦src/{a,b}.ts¦'^(a|b)$'¦"$(date +%F)"¦$((1 + 2))¦a=b¦HEAD~1¦"don't"¦form¦rmdir¦{}`,
);

const AFTER = splitLines(
  ` ¦ >out.txt¦ 2>&1¦ 2>/dev/null¦ < in.txt¦ <<'EOF'␤it's a "text" # with signs␤EOF␤¦ <<EOF␤Hello $USER, it's (1) of <n>␤EOF␤¦ # it's done␤`,
).map((text) => (text === ' ' ? '' : text));
