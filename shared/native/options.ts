/**
 * What ONNX Runtime 1.30 fuses to something slower: a sum and its LayerNormalization took 1.3 ms together and 0.4 apart, a bias and its GELU
 * 1.6 and 1.2 (1,024 tokens of 384 numbers, two threads); 16 rows of 32 tokens of the default model take two thirds of the time without them.
 */
const slowFusions = ['SkipLayerNormFusion', 'BiasGeluFusion']

/** How the native build of ONNX Runtime opens a session on so many threads. `folder` holds the external data of a graph that is given as bytes. */
export function nativeOptions(threads: number, folder?: string) {
  return {
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      // a thread that spins while it waits makes a step some 7 % faster where nothing else runs, and half as fast where something does
      'session.intra_op.allow_spinning': '0',
      'optimization.disable_specified_optimizers': slowFusions.join(';'),
      ...(folder === undefined ? {} : { 'session.model_external_initializers_file_folder_path': folder }),
    },
  } as const
}
