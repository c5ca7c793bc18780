import { cacheFolder, configFolder, demandConfigFolder } from "../../../src/ctl/fleet/config-folder.ts";

test.each<[NodeJS.ProcessEnv, string | null, string]>([
  [{ HOME: "/home/ana" }, "/home/ana/.config/phoenix", "/home/ana/.cache/phoenix"],
  [{ HOME: "/home/ana", XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "/k" }, "/c/phoenix", "/k/phoenix"],
  // The specification says that what is not absolute counts as not set.
  [{ HOME: "/home/ana", XDG_CONFIG_HOME: "c", XDG_CACHE_HOME: "" }, "/home/ana/.config/phoenix", "/home/ana/.cache/phoenix"],
  [{ HOME: "/home/ana", XDG_CONFIG_HOME: "/c", PHOENIX_CONFIG_DIR: "/own", PHOENIX_CACHE_DIR: "/mine" }, "/own", "/mine"],
  // Not that of whoever runs this.
  [{}, null, "/dev/null/.cache/phoenix"],
  [{ HOME: "", XDG_CONFIG_HOME: "c" }, null, "/dev/null/.cache/phoenix"],
  [{ XDG_CONFIG_HOME: "/c" }, "/c/phoenix", "/dev/null/.cache/phoenix"],
])("with %j", (env, config, cache) => {
  expect([configFolder(env), cacheFolder(env)]).toEqual([config, cache]);
  const demanded = () => demandConfigFolder(env);
  if (config === null) expect(demanded).toThrow("neither PHOENIX_CONFIG_DIR nor XDG_CONFIG_HOME nor HOME is set");
  else expect(demanded()).toBe(config);
});
