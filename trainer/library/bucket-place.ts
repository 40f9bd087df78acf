/** Which bucket is meant: a store by its address, else that of wrangler's configuration, here or at Cloudflare. */
export interface BucketPlace {
  /** A folder, or `s3://bucket/prefix`. */
  readonly store?: string | undefined
  /** Whether the bucket at Cloudflare is meant, with the login of wrangler, and not that of its local runtime. */
  readonly remote?: boolean | undefined
  /** wrangler's configuration file; without it the nearest wrangler.toml, from the folder worked in upwards. */
  readonly config?: string | undefined
  /** The folder of the local bucket, as in `wrangler dev --persist-to`. */
  readonly persistTo?: string | undefined
  /** An environment of wrangler's configuration. */
  readonly env?: string | undefined
}
