import fc from "fast-check";
import { isAddress, readToken, tokenText } from "../../proto/token.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = (length: number) => bytes(length).map((each) => Buffer.from(each).toString("hex"));
const address = fc
  .tuple(fc.constantFrom("10.0.0.3", "pve1.lan", "[fd00::1]", "a-b.example"), fc.integer({ min: 1, max: 65_535 }))
  .map(([host, port]) => `${host}:${port}`);
const token = fc.record({
  id: hex(5),
  secret: bytes(16),
  fingerprint: hex(32),
  addresses: fc.array(address, { minLength: 1, maxLength: 8 }),
});

test("a token says what it was made of, also when copying has broken it into lines", () => {
  fc.assert(
    fc.property(token, fc.nat(60), (made, at) => {
      const text = tokenText(made);
      expect(text).toMatch(/^phx_[0-9A-Za-z]+$/);
      expect(readToken(text)).toEqual(made);
      expect(readToken(` ${text.slice(0, at)}\r\n  ${text.slice(at)} \n`)).toEqual(made);
    }),
  );
});

test("a token of which a character is missing, too much or another one is found out", () => {
  fc.assert(
    fc.property(token, fc.nat(), fc.constantFrom("", "1", "zz", "0"), (made, where, instead) => {
      const text = tokenText(made);
      const at = where % text.length;
      const changed = text.slice(0, at) + instead + text.slice(at + 1);
      fc.pre(changed !== text);
      expect(readToken(changed)).toHaveProperty("problem");
    }),
  );
});

test("nothing that is pasted does harm", () => {
  fc.assert(fc.property(fc.string({ maxLength: 3000 }), (text) => void readToken(`phx_${text}`)));
});

test.each([
  ["10.0.0.3:7443", true],
  ["[::1]:1", true],
  ["pve1:65535", true],
  ["pve1:65536", false],
  ["pve1:0", false],
  ["pve1", false],
  ["::1:7443", false],
  ["a b:1", false],
  ["a,b:1", false],
])("%s is an address: %s", (text, good) => expect(isAddress(text)).toBe(good));
