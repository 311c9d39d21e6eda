try { require("./broken"); } catch (e) { require("sys").puts("not caught"); }
