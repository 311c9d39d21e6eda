// Records in a file that only grows: written in the background, read back at the start.
var posix = require("posix"), sys = require("sys");
function Store(name, options) {
  process.EventEmitter.call(this);
  process.mixin(this, { name: name, docs: {}, length: 0, queue: [], writing: false, fd: null, delay: 2 }, options);
  this.flushTimer = undefined;
}
sys.inherits(Store, process.EventEmitter);
exports.Store = Store;
Store.prototype.load = function () {
  var self = this, promise = new process.Promise(), rest = "", line = 0;
  posix.open(this.name, process.O_RDWR | process.O_CREAT | process.O_APPEND, 0644).addErrback(function (e) { promise.emitError(e); }).addCallback(function (fd) {
    self.fd = fd;
    var position = 0;
    (function more() {
      posix.read(fd, 64, position, "utf8").addCallback(function (chunk, count) {
        if (count === 0) { if (rest) self.emit("corrupt", rest); self.emit("load", self.length); return promise.emitSuccess(self.length); }
        position += count;
        var lines = (rest + chunk).split("\n");
        rest = lines.pop();
        lines.forEach(function (text) {
          line++;
          try { self._apply(JSON.parse(text)); } catch (e) { self.emit("corrupt", text, line); }
        });
        more();
      });
    })();
  });
  return promise;
};
Store.prototype._apply = function (record) {
  var known = this.docs.hasOwnProperty(record.key);
  if (record.deleted) { if (known) this.length--; delete this.docs[record.key]; return; }
  if (!known) this.length++;
  this.docs[record.key] = record.value;
};
Store.prototype.set = function (key, value, callback) {
  // What is kept is a copy: the caller may go on with its own.
  var kept = typeof value === "object" && value !== null ? process.mixin(true, value instanceof Array ? [] : {}, value) : value;
  this._apply({ key: key, value: kept });
  this._later({ key: key, value: kept }, callback);
};
Store.prototype.remove = function (key, callback) { this._apply({ key: key, deleted: true }); this._later({ key: key, deleted: true }, callback); };
Store.prototype.get = function (key) { return this.docs[key]; };
Store.prototype.update = function (key, change, callback) { var doc = this.get(key) || {}; change(doc); this.set(key, doc, callback); };
Store.prototype.forEach = function (visit) { for (var key in this.docs) if (visit(key, this.docs[key]) === false) return; };
Store.prototype.filter = function (test) { var found = []; this.forEach(function (key, doc) { if (test(doc)) found.push(key); }); return found; };
Store.prototype._later = function (record, callback) {
  this.queue.push([JSON.stringify(record) + "\n", callback]);
  if (this.queue.length >= 100) return this.flush();
  clearTimeout(this.flushTimer);
  var self = this;
  this.flushTimer = setTimeout(function () { self.flush(); }, this.delay);
};
Store.prototype.flush = function () {
  clearTimeout(this.flushTimer); this.flushTimer = null;
  if (this.writing || this.queue.length === 0) return;
  var self = this, batch = this.queue.splice(0, this.queue.length), text = batch.map(function (entry) { return entry[0]; }).join("");
  this.writing = true;
  (function write(data) {
    posix.write(self.fd, data, null, "binary").addCallback(function (written) {
      if (written < data.length) return write(data.slice(written));
      self.writing = false;
      batch.forEach(function (entry) { if (entry[1]) entry[1](); });
      self.emit("flush", batch.length);
      self.queue.length ? self.flush() : self.emit("drain");
    }).addErrback(function (e) { self.emit("error", e); });
  })(unescape(encodeURIComponent(text)));
};
Store.prototype.compact = function () {
  var self = this, text = "", temporary = this.name + ".new", promise = new process.Promise();
  this.forEach(function (key, value) { text += JSON.stringify({ key: key, value: value }) + "\n"; });
  require("file").write(temporary, text).addCallback(function () {
    posix.rename(temporary, self.name).addCallback(function () {
      posix.close(self.fd).addCallback(function () {
        posix.open(self.name, process.O_RDWR | process.O_APPEND, 0).addCallback(function (fd) { self.fd = fd; promise.emitSuccess(text.length); });
      });
    });
  });
  return promise;
};
// What is left when the process ends is written then.
Store.prototype.closeAtExit = function () {
  var self = this;
  process.addListener("exit", function () {
    self.queue.forEach(function (entry) { posix.writeSync(self.fd, entry[0], null, "utf8"); });
    posix.closeSync(self.fd);
  });
};
