export type DetailKind = 'phone' | 'email' | 'postcode' | 'nhs' | 'ni' | 'birth' | 'address' | 'name'

/** A stretch of the text, `start` up to but not including `end`, in UTF-16 units like every index of a string. */
export interface Detail {
  start: number
  end: number
  kind: DetailKind
}
