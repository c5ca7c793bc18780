import { standing, type TrustedCertificate } from "../../src/agent/domain/trust.ts";
import { days, isAging, standingOf } from "../../src/agent/trust/times.ts";

/** An authority that holds ten years, by the day on which it was made. */
const authority = (day: number) => ({ made: day, since: days(day), until: days(day + 3650) });

interface Row {
  readonly what: string;
  /** The days on which the authorities were made, and those on which this is so. */
  readonly made: readonly [number, ...number[]];
  readonly on: readonly number[];
  readonly issuer: number;
  readonly server: number;
  /** Newest first, each with the day until which it is trusted. */
  readonly trusted: readonly (readonly [made: number, retires: number])[];
  readonly retired: readonly number[];
  readonly aging: boolean;
}

const rows: readonly Row[] = [
  { what: "the first", made: [0], on: [0], issuer: 0, server: 0, trusted: [[0, 3650]], retired: [], aging: false },
  {
    what: "one and its successor, until the last day of its overlap",
    made: [0, 100],
    on: [100, 189],
    issuer: 100,
    server: 0,
    trusted: [
      [100, 3750],
      [0, 190],
    ],
    retired: [],
    aging: false,
  },
  {
    what: "one whose overlap has ended",
    made: [0, 100],
    on: [190],
    issuer: 100,
    server: 100,
    trusted: [[100, 3750]],
    retired: [0],
    aging: false,
  },
  {
    what: "three, in the order of a folder",
    made: [100, 0, 50],
    on: [120],
    issuer: 100,
    server: 0,
    trusted: [
      [100, 3750],
      [50, 190],
      [0, 140],
    ],
    retired: [],
    aging: false,
  },
  {
    what: "three, of which the oldest has been left",
    made: [0, 50, 100],
    on: [140],
    issuer: 100,
    server: 50,
    trusted: [
      [100, 3750],
      [50, 190],
    ],
    retired: [0],
    aging: false,
  },
  {
    what: "one that ends before its overlap does",
    made: [0, 3600],
    on: [3640],
    issuer: 3600,
    server: 0,
    trusted: [
      [3600, 7250],
      [0, 3650],
    ],
    retired: [],
    aging: false,
  },
  { what: "one that has a year left", made: [0], on: [3285], issuer: 0, server: 0, trusted: [[0, 3650]], retired: [], aging: false },
  {
    what: "one that has less than a year left",
    made: [0],
    on: [3286],
    issuer: 0,
    server: 0,
    trusted: [[0, 3650]],
    retired: [],
    aging: true,
  },
  {
    what: "one that has ended, and is the only one",
    made: [0],
    on: [4000],
    issuer: 0,
    server: 0,
    trusted: [[0, 3650]],
    retired: [],
    aging: true,
  },
];

const each = rows.flatMap(({ on, ...row }) => on.map((today) => ({ today, ...row })));

test.each(each)("authorities: $what, day $today", ({ what: _what, made: [first, ...more], today, ...expected }) => {
  const found = standingOf([authority(first), ...more.map(authority)], days(today));
  expect({
    issuer: found.issuer.made,
    server: found.server.made,
    trusted: found.trusted.map(({ made, retires }) => [made, retires / days(1)]),
    retired: found.retired.map(({ made }) => made),
    aging: found.aging,
  }).toEqual(expected);
});

const certificate: TrustedCertificate = {
  fingerprint: "ab".repeat(32),
  name: "ana",
  role: "reader",
  since: days(0),
  until: days(90),
  revoked: null,
};

test.each<[string, Partial<TrustedCertificate>, number, "good" | "expired" | "revoked", boolean]>([
  ["is new", {}, days(0), "good", false],
  ["has a third of its life left", {}, days(60), "good", false],
  ["has less than that", {}, days(60) + 1, "good", true],
  ["is in its last millisecond", {}, days(90) - 1, "good", true],
  ["has ended", {}, days(90), "expired", true],
  ["was revoked", { revoked: days(1) }, days(2), "revoked", false],
  ["was revoked, and has ended since", { revoked: days(1) }, days(91), "revoked", true],
])("a certificate that %s", (_what, but, now, expected, aging) => {
  const one = { ...certificate, ...but };
  expect([standing(one, now), isAging(one, now)]).toEqual([expected, aging]);
});
