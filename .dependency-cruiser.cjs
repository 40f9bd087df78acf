/**
 * The house's layers, lowest first: a folder (or file) imports from those before it and from itself, types included. What stands
 * together in one list doesn't know its neighbours.
 */
const layers = {
  shared: [['printable'], ['error', 'tensor', 'names-of', 'unless-aborted'], ['formats'], ['text'], ['engine'], ['native']],
  trainer: [
    ['counted', 'random', 'side-by-side', 'runtime', 'tensorflow', 'disk', 'wasm-runtime'],
    ['onnx'],
    ['import'],
    ['autodiff'],
    ['data'],
    ['evaluate'],
    ['train', 'publish'],
    ['project'],
    ['report'],
    ['library'],
    ['cli'],
    ['quickstart'],
  ],
  worker: [
    ['reply'],
    ['protocol', 'runtimes'],
    ['settings'],
    ['environment', 'services', 'store'],
    ['host'],
    ['dispatch'],
    ['middleware'],
    ['routes'],
    ['app'],
    ['cloudflare', 'node'],
    ['index', 'client', 'browser'],
    ['playground'],
  ],
}

/** Paths of the entries of a layer: folders, or files of that name. */
const paths = (top, names) => `^${top}/(${names.join('|')})(/|\\.ts$)`

const upward = Object.entries(layers).flatMap(([top, order]) =>
  order.flatMap((names, level) => {
    const above = order.slice(level + 1).flat()
    const beside = names.length < 2 ? [] : names.map((name) => ({ from: [name], to: names.filter((other) => other !== name) }))
    const rules = above.length === 0 ? beside : [{ from: names, to: above }, ...beside]
    return rules.map(({ from, to }) => ({
      name: `${top}-${from.join('-')}-imports-upwards`,
      severity: 'error',
      from: { path: paths(top, from) },
      to: { path: paths(top, to) },
    }))
  }),
)

/** The one file of a place that may import a foreign runtime. */
const door = (name, files, to) => ({ name, severity: 'error', from: { pathNot: `^(${files}|test/)` }, to: { path: to } })

const between = (name, from, to) => ({ name, severity: 'error', from: { path: `^${from}/` }, to: { path: `^(${to})/` } })

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...upward,
    between('shared-takes-and-returns-data', 'shared', 'worker|trainer|test'),
    between('worker-without-trainer', 'worker', 'trainer|test'),
    // but for the command that serves
    {
      ...between('trainer-without-worker', 'trainer', 'worker|test'),
      from: { path: '^trainer/', pathNot: '^trainer/cli/commands/serve\\.ts$' },
    },
    {
      name: 'trainer-serves-by-one-file',
      severity: 'error',
      from: { path: '^trainer/' },
      to: { path: '^(worker/(?!node/serve\\.ts$)|test/)' },
    },
    {
      name: 'shared-needs-no-runtime',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/native/' },
      to: { dependencyTypes: ['core'] },
    },
    door('doors-to-native-threads', 'shared/native/|trainer/runtime\\.ts|worker/runtimes/node\\.ts', '^shared/native/'),
    door('one-door-to-onnxruntime-web', 'worker/runtimes/(workerd|browser|web-session)\\.ts', 'onnxruntime-web'),
    door('one-door-to-onnxruntime-node', 'trainer/runtime\\.ts|shared/native/', 'onnxruntime-node'),
    door('doors-to-cloudflare', 'worker/(index|host/model-host)\\.ts', '^cloudflare:'),
    door('one-door-to-recheck', 'trainer/import/sources/backtracking\\.ts', 'node_modules/recheck'),
    door('one-door-to-tensorflow', 'trainer/tensorflow\\.ts', '@tensorflow/'),
    door(
      'one-door-to-wrangler',
      '(trainer/publish/bucket/wrangler|trainer/quickstart/local-worker)\\.ts|vitest\\.config\\.ts',
      'node_modules/wrangler',
    ),
    door('one-door-to-miniflare', 'trainer/publish/bucket/runtime\\.ts|vitest\\.config\\.ts', 'node_modules/miniflare'),
    {
      name: 'every-file-has-a-layer',
      severity: 'error',
      from: {
        path: '^(shared|trainer|worker)/',
        pathNot: ['\\.mjs$', ...Object.entries(layers).map(([top, order]) => paths(top, order.flat()))],
      },
      to: {},
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '(^cloudflare:|@tensorflow/tfjs-node)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
