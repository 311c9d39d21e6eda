require("sys").puts(JSON.stringify(require.paths.slice(0, 3)));
