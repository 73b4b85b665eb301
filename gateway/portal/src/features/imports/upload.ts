import { csrfToken } from '@/app/session'

/** Kinds of file as the gateway names them. */
export const importForms = ['customer', 'account', 'subscriber', 'contact', 'address', 'appointment'] as const

/** One of them. */
export type ImportFormName = (typeof importForms)[number]

/** A refused upload: the reason code the gateway gave, or a status. */
export class UploadRefused extends Error {
  constructor(readonly reason: string) {
    super(reason)
  }
}

function reasonOf(request: XMLHttpRequest): string {
  try {
    const body = JSON.parse(request.responseText) as { reason?: string; details?: { debug?: { reason?: string } }[] }
    return body.reason ?? body.details?.[0]?.debug?.reason ?? `HTTP_${String(request.status)}`
  } catch {
    return `HTTP_${String(request.status)}`
  }
}

/** Sends a file; the import then goes on by itself. `onSent` hears the share that has gone out, 0 to 1. */
export function upload(form: ImportFormName, file: File, onSent: (share: number) => void): { done: Promise<void>; stop: () => void } {
  const request = new XMLHttpRequest()
  const done = new Promise<void>((resolve, reject) => {
    request.open('POST', `/files/imports?form=${form}&name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('x-csrf-token', csrfToken())
    request.setRequestHeader('x-request-id', crypto.randomUUID())
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = (event) => {
      onSent(event.total > 0 ? event.loaded / event.total : 0)
    }
    request.onload = () => {
      if (request.status < 300) resolve()
      else reject(new UploadRefused(reasonOf(request)))
    }
    request.onerror = () => {
      reject(new UploadRefused('CONNECTION'))
    }
    request.onabort = () => {
      reject(new UploadRefused('STOPPED'))
    }
    request.send(file)
  })
  return {
    done,
    stop: () => {
      request.abort()
    },
  }
}
