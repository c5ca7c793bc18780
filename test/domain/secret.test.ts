import { isSecretName, strike, strikeText } from "../../src/agent/domain/secret.ts";

test.each([
  "password",
  "DB_PASSWORD",
  "dbPassword",
  "MYSQL_ROOT_PASSWORD2",
  "smtp_pass",
  "token",
  "HF_TOKEN",
  "--api-key",
  "OPENAI_API_KEY",
  "stripeKey",
  "secret",
  "client_secret",
  "password_hash",
  "Authorization",
  "api_tokens",
  "credentials",
])("%s holds a secret", (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  "key",
  "name",
  "max_num_batched_tokens",
  "kv_cache_dtype",
  "tokenizer",
  "token_id",
  "secret_file",
  "password_file",
  "public_key",
  "schedule_key",
  "bypass",
  "compass",
  "monkey",
  "run",
  "ctid",
  "vllm_model",
  "max_tokens",
  "",
])("%s does not", (name) => {
  expect(isSecretName(name)).toBe(false);
});

test.each([
  ["curl -H 'Authorization: Bearer abcdef123456' x", "curl -H 'Authorization: …' x"],
  ["vllm serve --api-key planted --port 8000", "vllm serve --api-key … --port 8000"],
  ["Error: password=planted", "Error: password=…"],
  ["--api-key=planted --port=8000", "--api-key=… --port=8000"],
  ['DB_PASSWORD="two words" x=1', "DB_PASSWORD=… x=1"],
  ['{"password": "pl\\"anted", "a": 1}', '{"password": …, "a": 1}'],
  ["postgres://me:planted@db/x", "postgres://me:…@db/x"],
  ["export HF_TOKEN=planted; run", "export HF_TOKEN=…; run"],
  ["it said hf_abcdefghijklmnopqrst and sk-abcdefghijklmnop.", "it said … and …."],
  ["-----BEGIN EC PRIVATE KEY-----\nplanted\n-----END EC PRIVATE KEY-----\nafter", "…\nafter"],
  ["-----BEGIN PRIVATE KEY-----\nplanted, and cut", "…"],
  ["letsgo of 950 failed: exit code 3 (model qwen2.5, 72 GiB)", "letsgo of 950 failed: exit code 3 (model qwen2.5, 72 GiB)"],
])("%j becomes %j", (text, expected) => {
  expect(strikeText(text)).toBe(expected);
});

test("data keeps its shape, and loses its secrets wherever they are", () => {
  expect(
    strike({
      name: "db",
      db_password: "planted",
      pin_token: 123_456,
      none: { token: "", secret: null, has_password: true },
      env: { ANY: "planted" },
      environment: ["ANY=planted", "B"],
      argv: ["serve", "--token", "planted", "--port", "1"],
      list: [{ api_key: "planted" }, "PASSWORD=planted"],
      bytes: Buffer.from("planted"),
      max_num_batched_tokens: 8192,
    }),
  ).toEqual({
    name: "db",
    db_password: "…",
    pin_token: "…",
    none: { token: "", secret: null, has_password: true },
    env: { ANY: "…" },
    environment: ["ANY=…", "B"],
    argv: ["serve", "--token", "…", "--port", "1"],
    list: [{ api_key: "…" }, "PASSWORD=…"],
    bytes: "7 bytes",
    max_num_batched_tokens: 8192,
  });
});

test("an error is told with its stack, and what has no end is cut", () => {
  const error = new Error("password=planted");
  expect(strike({ error })).toEqual({
    error: { type: "Error", message: "password=…", stack: expect.not.stringContaining("planted") as string },
  });
  const round: Record<string, unknown> = {};
  round["inner"] = round;
  expect(JSON.stringify(strike(round))).toContain("…");
});
