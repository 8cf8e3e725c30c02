/** Marks where a tuple, list or dict of several values begins on the stack. */
const MARK = Symbol('mark');

/**
 * Reads a pickle that contains only None, booleans, numbers, strings, lists, tuples and dicts, as a scheduler's state does.
 * It never calls anything: an opcode that builds an object makes the whole pickle unreadable.
 *
 * @returns undefined for anything else, and for bytes that are not a pickle.
 */
export function readPlainPickle(bytes: Uint8Array): unknown {
  try {
    return new Unpickler(bytes).read();
  } catch {
    // Any other opcode, or a truncated pickle: not a plain value.
    return undefined;
  }
}

class Unpickler {
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): unknown {
    for (;;) {
      const opcode = String.fromCharCode(this.#byte());
      if (opcode === '.') return this.#stack.pop();
      this.#step(opcode);
    }
  }

  /** The opcodes of Python's pickletools, protocols 2 to 4, that build plain values. */
  #step(opcode: string): void {
    const stack = this.#stack;
    switch (opcode) {
      case '\x80':
        return void this.#byte();
      case '\x95':
        this.#at += 8;
        return;
      case 'N':
        return void stack.push(null);
      case '\x88':
        return void stack.push(true);
      case '\x89':
        return void stack.push(false);
      case 'K':
        return void stack.push(this.#byte());
      case 'M':
        return void stack.push(this.#byte() + 256 * this.#byte());
      case 'J':
        return void stack.push(this.#int32());
      case '\x8a':
        return void stack.push(this.#long(this.#byte()));
      case 'G':
        this.#at += 8;
        return void stack.push(this.#view.getFloat64(this.#at - 8));
      case 'X':
        return void stack.push(this.#text(this.#int32()));
      case '\x8c':
        return void stack.push(this.#text(this.#byte()));
      case '}':
        return void stack.push({});
      case ']':
      case ')':
        return void stack.push([]);
      case '(':
        return void stack.push(MARK);
      case 't':
        return void stack.push(this.#toMark());
      case '\x85':
      case '\x86':
      case '\x87':
        return void stack.push(stack.splice(-(opcode.charCodeAt(0) - 0x84)));
      case 'a':
        return void this.#append([stack.pop()]);
      case 'e':
        return void this.#append(this.#toMark());
      case 's':
        return void this.#set(stack.splice(-2));
      case 'u':
        return void this.#set(this.#toMark());
      case 'q':
        return void this.#memo.set(this.#byte(), stack.at(-1));
      case 'r':
        return void this.#memo.set(this.#int32(), stack.at(-1));
      case '\x94':
        return void this.#memo.set(this.#memo.size, stack.at(-1));
      case 'h':
        return void stack.push(this.#memo.get(this.#byte()));
      case 'j':
        return void stack.push(this.#memo.get(this.#int32()));
      default:
        throw new Error(`opcode ${opcode}`);
    }
  }

  #append(values: unknown[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw new Error('no list');
    list.push(...values);
  }

  #set(pairs: unknown[]): void {
    const dict = this.#stack.at(-1);
    if (typeof dict !== 'object' || dict === null) throw new Error('no dict');
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      Object.defineProperty(dict, String(pairs[i]), {
        value: pairs[i + 1],
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }

  #toMark(): unknown[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw new Error('no mark');
    return this.#stack.splice(at).slice(1);
  }

  #byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  #int32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4, true);
  }

  #long(length: number): number {
    let value = 0n;
    for (let i = 0; i < length; i++) value += BigInt(this.#byte()) << BigInt(8 * i);
    return Number(BigInt.asIntN(8 * length, value));
  }

  #text(length: number): string {
    if (length < 0) throw new Error('length');
    this.#at += length;
    if (this.#at > this.#view.byteLength) throw new Error('end');
    return new TextDecoder().decode(
      new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at - length, length),
    );
  }
}
