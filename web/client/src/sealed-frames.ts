/** Messages in and out of the frames of a sealed link (docs/protocol.md section 5). */

import { concat } from "./bytes.ts";
import { type CipherState, TAG_LENGTH } from "./noise.ts";

/** The longest Noise message, and so the longest frame, in octets. */
const MAX_FRAME = 65_535;
/** The longest piece of a message one frame carries: the tag and the marker octet take the rest. */
const MAX_PIECE = MAX_FRAME - TAG_LENGTH - 1;
/** A direction takes a new key after this many frames. */
const REKEY_EVERY = 2 ** 20;
/** The longest message put together from frames, in octets: what a peer can make us remember. */
const MAX_MESSAGE = 16 * 2 ** 20;

/** The marker octet that opens a plaintext. */
const LAST_PIECE = 0;
const MORE_FOLLOWS = 1;

/** Why a sealed link had to end. */
export class SealedLinkError extends Error {
  override readonly name = "SealedLinkError";
}

/** The sending direction. */
export class FrameSealer {
  readonly #cipher: CipherState;

  constructor(cipher: CipherState) {
    this.#cipher = cipher;
  }

  /** The frames of one message, in the order they must be sent. */
  seal(message: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let start = 0;
    do {
      const end = Math.min(start + MAX_PIECE, message.length);
      const marker = end === message.length ? LAST_PIECE : MORE_FOLLOWS;
      frames.push(
        this.#cipher.encrypt(concat(Uint8Array.of(marker), message.subarray(start, end))),
      );
      rekeyWhenDue(this.#cipher);
      start = end;
    } while (start < message.length);
    return frames;
  }
}

/** The receiving direction. */
export class FrameOpener {
  readonly #cipher: CipherState;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(cipher: CipherState) {
    this.#cipher = cipher;
  }

  /**
   * Opens one frame.
   *
   * @returns The message it completes, or `undefined` while more of it must follow.
   * @throws SealedLinkError when the frame does not open or is not a piece of a message. The link
   *   can not go on after that.
   */
  open(frame: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#decrypt(frame);
    const marker = plaintext[0];
    if (marker !== LAST_PIECE && marker !== MORE_FOLLOWS) {
      throw new SealedLinkError("a frame of the sealed link has no valid marker");
    }
    const piece = plaintext.subarray(1);
    this.#length += piece.length;
    if (this.#length > MAX_MESSAGE) {
      throw new SealedLinkError("a message on the sealed link is too long");
    }
    if (piece.length > 0) {
      this.#pieces.push(piece);
    }
    return marker === LAST_PIECE ? this.#take() : undefined;
  }

  #decrypt(frame: Uint8Array): Uint8Array {
    if (frame.length > MAX_FRAME) {
      throw new SealedLinkError("a frame of the sealed link is too long");
    }
    try {
      const plaintext = this.#cipher.decrypt(frame);
      rekeyWhenDue(this.#cipher);
      return plaintext;
    } catch (cause) {
      throw new SealedLinkError("a frame of the sealed link does not open", { cause });
    }
  }

  #take(): Uint8Array {
    const message = concat(...this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    return message;
  }
}

function rekeyWhenDue(cipher: CipherState): void {
  if (cipher.nonce % REKEY_EVERY === 0) {
    cipher.rekey();
  }
}
