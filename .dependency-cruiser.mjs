/**
 * @file Which rooms of `lib/` may use which: those below them only. `npm run lint` checks it, types counted.
 */

/** From the top down. What stands on one floor together uses nothing of the others there. */
const FLOORS = [
  ['index', 'adapters'],
  ['open', 'scan', 'follow'],
  ['manager'],
  ['buffer'],
  ['loops'],
  ['jobs', 'cursor'],
  ['region'],
  ['panes'],
  ['constants'],
  ['native'],
  ['arguments'],
  ['errors'],
  ['node'],
]

const pathOf = (room) => `^lib/${room}(?:/|[.]m?ts$)`

/** No room uses one above it, or another on its own floor. */
const floors = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    name: `${room}-is-below`,
    severity: 'error',
    from: { path: pathOf(room) },
    to: {
      path: FLOORS.slice(0, floor + 1).flatMap((above) =>
        above.filter((other) => other !== room).map(pathOf),
      ),
    },
  })),
)

export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every-file-has-its-room',
      severity: 'error',
      from: { path: '^lib/', pathNot: FLOORS.flat().map(pathOf) },
      to: {},
    },
    {
      name: 'native-loads-the-addon',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/native[.]ts$' },
      to: { path: '^binding[.]' },
    },
    ...floors,
  ],
  options: {
    // Types are counted: a circle of types is a circle for who reads the code.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:node_modules|dist|target)/' },
  },
}
