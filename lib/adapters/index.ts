/** @file The adapters, by name. Holds no code. */
export { wholeBuffer } from './whole-buffer.js'
export { hyparquetBuffer, type HyparquetBuffer } from './hyparquet-buffer.js'
export { pmtilesSource, type PmtilesSource } from './pmtiles-source.js'
export { unzipitReader, type UnzipitReader } from './unzipit-reader.js'
export { yauzlReader, type YauzlReader } from './yauzl-reader.js'
export type { ByteSource } from './byte-source.js'
