import { excerpt, SoftPromptError } from '../../../shared/error.ts'

/** Fields of config.json that tell of training, of generation, of a head for a task or of the library, and change nothing that is computed here. */
const idle: ReadonlySet<string> = new Set(
  `architectures model_type name_or_path transformers_version model_max_length tokenizer_class
  dtype torch_dtype torchscript use_bfloat16 tf_legacy_loss attn_implementation unsloth_version unsloth_fixed
  return_dict use_return_dict output_attentions output_hidden_states output_past output_scores return_dict_in_generate use_cache
  gradient_checkpointing chunk_size_feed_forward pretraining_tp
  initializer_range initializer_factor embedding_initializer_range
  hidden_dropout hidden_dropout_prob attention_dropout attention_probs_dropout_prob classifier_dropout dropout embd_pdrop resid_pdrop attn_pdrop
  id2label label2id num_labels problem_type finetuning_task task_specific_params sentence_transformers sbert_ce_default_activation_function
  pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers pooler_size_per_head pooler_type
  summary_type summary_use_proj summary_activation summary_proj_to_labels summary_first_dropout
  is_encoder_decoder tie_encoder_decoder tie_word_embeddings cross_attention_hidden_size decoder_start_token_id directionality
  bos_token_id eos_token_id pad_token_id sep_token_id cls_token_id mask_token_id unk_token_id
  max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature top_k top_p typical_p
  repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids num_return_sequences
  forced_bos_token_id forced_eos_token_id remove_invalid_values exponential_decay_length_penalty suppress_tokens begin_suppress_tokens prefix`.split(
    /\s+/,
  ),
)

/**
 * Throws `unsupported` where a config.json has a field that is neither in `schema` nor idle: it may change what the model computes. One that is
 * null, or whose name begins with an underscore, as the library's own do, changes nothing.
 */
export function requireKnownFields(config: object, schema: { readonly shape: object }, where: string): void {
  const unknown = Object.entries(config).flatMap(([name, value]) =>
    value === null || name.startsWith('_') || idle.has(name) || Object.hasOwn(schema.shape, name) ? [] : [excerpt(name)],
  )
  if (unknown.length === 0) return
  const [fields, are, theyDo, them] = unknown.length === 1 ? ['field', 'is', 'it does', 'it'] : ['fields', 'are', 'they do', 'them']
  throw new SoftPromptError(
    'unsupported',
    `Cannot read ${where}: ${fields} ${unknown.slice(0, 10).join(', ')} ${are} not known here, and may change what the model computes. If ${theyDo} not, take ${them} out of the file.`,
    { param: unknown[0] ?? null },
  )
}
