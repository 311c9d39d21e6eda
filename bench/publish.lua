-- Publishes small events, each with an id of its own.
local count, prefix = 0, nil

function init(args)
  prefix = string.format("%d-%s-", os.time(), tostring({}):sub(8))
  kind = args[1] or "bench.publish"
end

function request()
  count = count + 1
  return wrk.format("POST", "/publish", {
    ["ce-specversion"] = "1.0", ["ce-type"] = kind, ["ce-source"] = "/bench",
    ["ce-id"] = prefix .. count, ["content-type"] = "application/json",
  }, '{"order":7,"items":[1,2,3],"total":70.5,"customer":"c-1234567890"}')
end
