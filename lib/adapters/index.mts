// Gives `import` the very objects that `require` gives, by name; holds no code, so that there is one
// implementation.
export { wholeBuffer, hyparquetBuffer, pmtilesSource, unzipitReader, yauzlReader } from './index.js'
export type { ByteSource, HyparquetBuffer, PmtilesSource, UnzipitReader, YauzlReader } from './index.js'
