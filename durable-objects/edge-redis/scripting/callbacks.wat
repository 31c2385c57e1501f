;; Lua calls C functions through a table of WebAssembly functions, and JavaScript cannot be put there directly.
;; These two only pass the call on: `call` is every function that JavaScript gives to scripts, `hook` is called
;; as a script goes on. Assembled into callbacks.wasm, next to this file: `wat2wasm callbacks.wat`.
(module
  (type (func (param i32) (result i32)))
  (type (func (param i32 i32)))
  (import "host" "call" (func (type 0)))
  (import "host" "hook" (func (type 1)))
  (export "call" (func 0))
  (export "hook" (func 1)))
