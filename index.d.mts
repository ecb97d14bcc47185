// The types for `import`: the same as for `require`, since both give the same objects.
export * from './index.js'
