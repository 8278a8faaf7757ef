/** Codes of the schema, in the order in which a screen offers them. Their words stand in the catalogue by code. */
export const kinds = ['praise', 'concern', 'idea', 'gap', 'question'] as const
export const handlings = ['open', 'closed', 'sensitive'] as const
export const levels = ['service', 'dat'] as const
