import protobuf, { type Namespace, type Service, type Type } from "protobufjs";
import { abilities, hasAll, lacking } from "../../proto/abilities.ts";
import { rootJson } from "../../proto/gen/root.ts";
import { loadContract } from "../../proto/index.ts";
import { releasedDefinitions } from "../support/released.ts";

const spaceOf = (json: object) => protobuf.Root.fromJSON(json).resolveAll().lookup("phoenix.v1") as Namespace;
const [now, then] = [spaceOf(JSON.parse(rootJson) as object), spaceOf(releasedDefinitions())];

/** Every field of every message that requests of these methods are made of, as MESSAGE.FIELD. */
function asked(space: Namespace, methods: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const see = (type: Type) => {
    for (const field of type.fieldsArray) {
      const name = `${type.name}.${field.name}`;
      if (found.has(name)) continue;
      found.add(name);
      const inside = field.resolvedType;
      if (inside instanceof protobuf.Type) see(inside);
    }
  };
  for (const service of space.nestedArray.filter((each): each is Service => each instanceof protobuf.Service)) {
    for (const method of service.methodsArray) {
      if (methods.has(`${service.name}/${method.name}`) && method.resolvedRequestType) see(method.resolvedRequestType);
    }
  }
  return found;
}

function methodsOf(space: Namespace): Set<string> {
  const services = space.nestedArray.filter((each): each is Service => each instanceof protobuf.Service);
  return new Set(services.flatMap(({ name, methodsArray }) => methodsArray.map((method) => `${name}/${method.name}`)));
}

test("whatever a request can ask for that an agent in use would pass over is an ability, and nothing else is", () => {
  const methods = methodsOf(then);
  const known = asked(then, methods);
  const added = [...asked(now, methods)].filter((field) => !known.has(field));
  expect(Object.values(abilities).flat().toSorted()).toEqual(added.toSorted());
});

test("what a request takes is seen by its fields, wherever they are in it", async () => {
  const { services, fields } = await loadContract();
  const { path } = services.orchestration.StartRun;
  const request = (options: object) => fields(path, { request_id: "1", spec: { ctids: [950], options: { rebaseline: true, ...options } } });
  expect(lacking(request({}), new Set())).toEqual([]);
  expect(lacking(request({ make_room: true, source: 0 }), new Set())).toEqual(["make-room"]);
  expect(lacking(request({ make_room: true, source: 950 }), new Set(["make-room"]))).toEqual(["clone"]);
  expect([hasAll(new Set(["clone"])), hasAll(new Set(Object.keys(abilities)))]).toEqual([false, true]);
});
