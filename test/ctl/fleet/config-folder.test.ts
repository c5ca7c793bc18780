import { cacheFolder, configFolder } from "../../../src/ctl/fleet/config-folder.ts";

test.each<[NodeJS.ProcessEnv, string, string]>([
  [{ HOME: "/home/ana" }, "/home/ana/.config/phoenix", "/home/ana/.cache/phoenix"],
  [{ HOME: "/home/ana", XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "/k" }, "/c/phoenix", "/k/phoenix"],
  // The specification says that what is not absolute counts as not set.
  [{ HOME: "/home/ana", XDG_CONFIG_HOME: "c", XDG_CACHE_HOME: "" }, "/home/ana/.config/phoenix", "/home/ana/.cache/phoenix"],
  [{ HOME: "/home/ana", XDG_CONFIG_HOME: "/c", PHOENIX_CONFIG_DIR: "/own", PHOENIX_CACHE_DIR: "/mine" }, "/own", "/mine"],
  // Not that of whoever runs this.
  [{}, "/dev/null/.config/phoenix", "/dev/null/.cache/phoenix"],
])("with %j", (env, config, cache) => {
  expect([configFolder(env), cacheFolder(env)]).toEqual([config, cache]);
});
