console.log(typeof PHOENIX_VERSION === "string" ? PHOENIX_VERSION : "from sources");
