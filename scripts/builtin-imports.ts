import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

type Program = ReturnType<typeof import('rolldown/parseAst').parseAst>;
type ImportDeclaration = Extract<Program['body'][number], { type: 'ImportDeclaration' }>;

/**
 * Plugin that reads the modules of Node.js with `process.getBuiltinModule` instead of `import`. For an `import`, Node
 * reads every export of the module, and `node:http` loads a whole HTTP client for its export `WebSocket`: more
 * processor time than a bare start of Node takes.
 */
export function builtinImportsPlugin(): Plugin {
  return {
    name: 'builtin-imports',
    renderChunk(code) {
      const imports = this.parse(code).body.filter(isBuiltinImport);
      // From the end, so that earlier positions stay valid.
      return imports.reduceRight(
        (text, node) => text.slice(0, node.start) + toConstants(node) + text.slice(node.end),
        code,
      );
    },
  };
}

function isBuiltinImport(node: Program['body'][number]): node is ImportDeclaration {
  return node.type === 'ImportDeclaration' && isBuiltin(node.source.value);
}

function toConstants({ source, specifiers }: ImportDeclaration): string {
  // `globalThis`, because a module may import another `process`.
  const builtin = `globalThis.process.getBuiltinModule(${JSON.stringify(source.value)})`;
  const whole = specifiers.flatMap(({ type, local }) => (type === 'ImportSpecifier' ? [] : [local.name]));
  const named = specifiers.flatMap((each) => (each.type === 'ImportSpecifier' ? [toProperty(each)] : []));
  const targets = [...whole, ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])];
  return targets.map((target) => `const ${target} = ${builtin};`).join(' ');
}

function toProperty({
  imported,
  local,
}: Extract<ImportDeclaration['specifiers'][number], { type: 'ImportSpecifier' }>): string {
  const name = imported.type === 'Literal' ? imported.value : imported.name;
  return name === local.name ? name : `${JSON.stringify(name)}: ${local.name}`;
}
