/**
 * Makes a canvas as large as it is on the page, in device pixels, clears it, and lets it be drawn on in
 * CSS pixels. Null where it has no size or no context.
 */
export function clearCanvas(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const { clientWidth, clientHeight } = canvas;
  const context = canvas.getContext("2d");
  if (context === null || clientWidth === 0) return null;
  const scale = devicePixelRatio;
  const [width, height] = [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
  // To set a size, even the same, costs a new canvas.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  return context;
}
