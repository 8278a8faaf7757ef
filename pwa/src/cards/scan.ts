/** Reading a QR code with the camera, where the browser can do that by itself. Pictures are looked at and let go. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
type DetectorClass = new (options: { formats: string[] }) => Detector

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
}

/** Whether this browser reads QR codes, on a page that may ask for the camera. */
export function canScan(): boolean {
  return detectorClass() !== undefined && 'mediaDevices' in navigator
}

/**
 * Shows the camera's picture in `video` and looks for QR codes in it until `found` says that it has what it wants, or
 * the returned function is called. Rejects where the camera can't be had.
 */
export async function scan(video: HTMLVideoElement, found: (text: string) => boolean): Promise<() => void> {
  const Detector = detectorClass()
  if (!Detector) throw new Error('this browser reads no QR codes')
  const detector = new Detector({ formats: ['qr_code'] })
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  let timer: ReturnType<typeof setTimeout> | undefined
  let over = false
  const stop = (): void => {
    over = true
    clearTimeout(timer)
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  const look = async (): Promise<void> => {
    // A picture that can't be read now is no reason to end: the next one may be.
    const codes = await detector.detect(video).catch(() => [])
    if (over) return
    if (codes.some((it) => found(it.rawValue))) stop()
    else timer = setTimeout(() => void look(), 200)
  }
  video.srcObject = stream
  await video.play()
  void look()
  return stop
}
