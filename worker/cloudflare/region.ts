const byContinent: Readonly<Record<string, DurableObjectLocationHint>> = {
  AF: 'afr',
  AS: 'apac',
  EU: 'weur',
  NA: 'enam',
  OC: 'oc',
  SA: 'sam',
}

/** Where hosts for a caller are put: near them. Null where the caller's place is not known, as in a local run. */
export function regionOf(request: Request): DurableObjectLocationHint | null {
  const cf = request.cf as Partial<IncomingRequestCfProperties> | undefined
  if (cf?.continent === 'NA' && Number(cf.longitude) < -100) return 'wnam'
  if (cf?.continent === 'EU' && Number(cf.longitude) > 20) return 'eeur'
  return byContinent[cf?.continent ?? ''] ?? null
}
