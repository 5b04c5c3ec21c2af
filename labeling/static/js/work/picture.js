/** Pictures, decoded and scaled before their turn, so that showing one costs a single frame. */

/** The part of the window that a picture may fill, in device pixels. @returns {[number, number]} */
function room() {
  const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
  return [stage.clientWidth * devicePixelRatio, stage.clientHeight * devicePixelRatio];
}

/** @param {Blob} blob @returns {Promise<ImageBitmap>} */
async function decoded(blob) {
  const full = await createImageBitmap(blob);
  const [width, height] = room();
  const scale = Math.min(width / full.width, height / full.height);
  if (scale >= 1 || !width || !height) return full;
  const resizeWidth = Math.max(1, Math.round(full.width * scale));
  const resizeHeight = Math.max(1, Math.round(full.height * scale));
  const small = await createImageBitmap(full, { resizeWidth, resizeHeight, resizeQuality: "high" });
  full.close();
  return small;
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap */
function draw(canvas, bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  /** @type {ImageBitmapRenderingContext} */ (canvas.getContext("bitmaprenderer")).transferFromImageBitmap(bitmap);
}

/**
 * @param {Blob} blob
 * @param {string} name  What a screen reader says of it.
 * @returns {Promise<{element: HTMLElement, discard: () => void}>}
 */
export async function picture(blob, name) {
  if (blob.type === "image/gif") return moving(blob, name);
  const canvas = document.createElement("canvas");
  canvas.className = "picture";
  canvas.role = "img";
  canvas.ariaLabel = name;
  draw(canvas, await decoded(blob));
  return { element: canvas, discard: () => undefined };
}

/** A GIF may move, which only an image element shows. @param {Blob} blob @param {string} name */
async function moving(blob, name) {
  const image = new Image();
  image.className = "picture";
  image.alt = name;
  image.src = URL.createObjectURL(blob);
  await image.decode();
  return { element: image, discard: () => URL.revokeObjectURL(image.src) };
}
