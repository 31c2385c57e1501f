/** What its own functions are called where errors happen. */
export const PRELUDE_NAME = "prelude";

/**
 * Makes of a fresh Lua what scripts see: no files, no way to load compiled code, and nothing that a script could
 * leave behind for others, because the tables that all scripts share cannot be changed. Called with the
 * libraries to add; returns the function that runs scripts, and the table of the global variables.
 */
export const PRELUDE = `
local libraries, isCompiled = ...
local error, next, pcall, rawget, rawset, setmetatable, tostring, type, xpcall =
  error, next, pcall, rawget, rawset, setmetatable, tostring, type, xpcall
local loadstring, concat, getinfo, setfenv = loadstring, table.concat, debug.getinfo, setfenv

-- What scripts see of a table that they must not change is an empty one in front of it.
local hidden = setmetatable({}, { __mode = "k" })

local function refuse()
  error("Attempt to modify a readonly table", 2)
end

-- What they see of the metatables of these.
local sealed = setmetatable({}, { __newindex = refuse, __metatable = false })
hidden[sealed] = {}

local function protect(table)
  local front = setmetatable({}, { __index = table, __newindex = refuse, __metatable = sealed })
  hidden[front] = table
  return front
end

local globals = {}
for name, value in next, _G do globals[name] = value end
for name, library in next, libraries do globals[name] = library end
for _, name in next, { "debug", "dofile", "getfenv", "loadfile", "newproxy", "print", "setfenv" } do
  globals[name] = nil
end
setmetatable(globals, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
})

function globals.rawset(table, key, value)
  if hidden[table] then error("Attempt to modify a readonly table", 0) end
  return rawset(table, key, value)
end

function globals.rawget(table, key)
  return rawget(hidden[table] or table, key)
end

function globals.setmetatable(table, metatable)
  if hidden[table] then error("Attempt to modify a readonly table", 0) end
  return setmetatable(table, metatable)
end

local pairs = pairs
function globals.pairs(table)
  if not hidden[table] then return pairs(table) end
  local copy = {}
  for key, value in next, hidden[table] do copy[key] = value end
  return next, copy, nil
end

function globals.loadstring(text, name)
  if isCompiled(text) then return nil, "compiled code is not allowed" end
  return loadstring(text, name or text)
end

function globals.load(read, name)
  local pieces = {}
  local piece = read()
  while piece and piece ~= "" do
    pieces[#pieces + 1] = piece
    piece = read()
  end
  return globals.loadstring(concat(pieces), name or "=(load)")
end

-- Errors of commands are tables, but a script that catches one gets its text.
local function withPlainError(isFine, result, ...)
  if not isFine and type(result) == "table" and (type(result.err) == "string" or type(result.err) == "number") then
    result = result.err
  end
  return isFine, result, ...
end

function globals.pcall(...)
  return withPlainError(pcall(...))
end

for name, value in next, globals do
  if type(value) == "table" and name ~= "_G" then globals[name] = protect(value) end
end
globals._G = protect(globals)
local ofStrings = getmetatable("")
ofStrings.__index = globals.string
ofStrings.__metatable = sealed
setfenv(0, globals._G)

-- Tells an error where it happened, as the line of the script and not of what it called.
local function locate(complaint)
  local level = 2
  local place = getinfo(level, "Sl")
  while place and (place.what == "C" or place.source == "@${PRELUDE_NAME}") do
    level = level + 1
    place = getinfo(level, "Sl")
  end
  if type(complaint) ~= "table" then complaint = { err = "ERR " .. tostring(complaint) } end
  if place then
    rawset(complaint, "source", place.source)
    rawset(complaint, "line", place.currentline)
  end
  return complaint
end

-- Functions such as table.insert write past metatables: what the last script left in front of a table goes. Before a
-- script and not after it, when there may be no instruction left.
local function clean()
  for front in next, hidden do
    for key in next, front do
      if front ~= sealed then rawset(front, key, nil) end
    end
  end
end

return function(script)
  clean()
  return xpcall(script, locate)
end, globals
`;
