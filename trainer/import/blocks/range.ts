import type { GraphBuilder } from '../../onnx/builder.ts'

/** 0 … `length` − 1, [`dim`]. `length` is a list of one int64. */
export function range(b: GraphBuilder, length: string, dim: string): string {
  const end = b.add('Squeeze', [length, b.integers([0])])
  return b.add('Range', [b.integers(0), end, b.integers(1)], { shape: [dim] })
}
