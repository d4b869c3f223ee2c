// @ts-check
/** Rival systems: where their adapters and environments lie. */

/**
 * @typedef {object} Peer
 * @property {string} adapter file beside this one
 * @property {string} environment made by install.sh
 * @property {boolean} private whether epsilon means anything to it
 * @property {Readonly<Record<string, string>>} [variables] for the adapter
 * @property {string} [needs] variable that must name a local copy of a public repository
 */

/**
 * Every rival by the name that results carry.
 *
 * @type {Readonly<Record<string, Peer>>}
 */
export const PEERS = {
  'private-pgm-mst': {
    adapter: 'private_pgm_mst.py',
    environment: '.venv-private-pgm',
    private: true,
    needs: 'PRIVATE_PGM_HOME',
  },
  'private-pgm-aim': {
    adapter: 'private_pgm_aim.py',
    environment: '.venv-private-pgm',
    private: true,
    needs: 'PRIVATE_PGM_HOME',
  },
  'sdv-copula': { adapter: 'sdv_copula.py', environment: '.venv-sdv', private: false },
  'sdv-ctgan': { adapter: 'sdv_ctgan.py', environment: '.venv-sdv', private: false },
  'datasynthesizer-privbayes': {
    adapter: 'datasynthesizer_privbayes.py',
    environment: '.venv-datasynthesizer',
    private: true,
  },
  'mostlyai-argn': { adapter: 'mostlyai_argn.py', environment: '.venv-mostlyai', private: false },
  'mostlyai-argn-dp': {
    adapter: 'mostlyai_argn.py',
    environment: '.venv-mostlyai',
    private: true,
    variables: { MOSTLY_DP: '1' },
  },
  ...family('opendp', 'opendp_mbi.py', 'OPENDP_MODEL', ['aim', 'mst']),
  'opendp-mst-sample': {
    adapter: 'opendp_mbi.py',
    environment: '.venv-opendp',
    private: true,
    variables: { OPENDP_MODEL: 'mst', OPENDP_DRAW: 'sample' },
  },
  ...family('dpsynth', 'dpsynth_discrete.py', 'DPSYNTH_MODEL', ['aim', 'aim-gdp', 'mst', 'swift'], 'DPSYNTH_HOME'),
  ...family('smartnoise', 'smartnoise_synth.py', 'SMARTNOISE_MODEL', ['mst', 'aim', 'dpctgan', 'patectgan']),
  ...family('dpmm', 'dpmm_pipeline.py', 'DPMM_MODEL', ['mst', 'aim', 'privbayes']),
};

/**
 * Peers that share an adapter and differ in one variable.
 *
 * @param {string} package_
 * @param {string} adapter
 * @param {string} variable
 * @param {readonly string[]} models
 * @param {string} [needs] variable that must name a local copy of the package's repository
 * @returns {Record<string, Peer>}
 */
function family(package_, adapter, variable, models, needs) {
  return Object.fromEntries(
    models.map((model) => [
      `${package_}-${model}`,
      {
        ...{ adapter, environment: `.venv-${package_}`, private: true, variables: { [variable]: model } },
        ...(needs !== undefined && { needs }),
      },
    ]),
  );
}

/**
 * A rival by name.
 *
 * @param {string} name
 * @returns {Peer}
 */
export function peerNamed(name) {
  const peer = PEERS[name];
  if (peer === undefined) throw new Error(`peer "${name}" is unknown; peers are ${Object.keys(PEERS).join(', ')}.`);
  return peer;
}

/**
 * Systems that were tried and have no adapter, each with what came of it.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const NOT_RUNNABLE = {
  synthcity:
    'version 0.2.12 asks for torch below 2.3 and numpy below 2 on Python 3.10, 3.5 GB in all; its installation had not ended after 25 minutes on a busy machine, so there is no adapter',
};
