import fc from "fast-check";
import { parseStartup, startupText } from "../../src/agent/domain/startup.ts";

// As Proxmox takes them, and what they mean.
test.each([
  ["", ""],
  ["3", "order=3"],
  ["order=0", "order=0"],
  ["up=30", "up=30"],
  ["up=0", ""],
  ["down=5,up=2,order=1", "order=1,up=2,down=5"],
  ["order=2, up=3;down=7", "order=2,up=3,down=7"],
])("%j is %j", (given, expected) => expect(startupText(parseStartup(given))).toBe(expected));

test("every text can be read back", () => {
  const number = fc.option(fc.nat(1_000_000));
  const law = fc.property(number, number, number, (order, up_s, down_s) => {
    const text = startupText({ order, up_s, down_s });
    expect(parseStartup(text)).toEqual({ order, up_s: up_s === 0 ? null : up_s, down_s });
    expect(startupText(parseStartup(text))).toBe(text);
  });
  fc.assert(law);
});
