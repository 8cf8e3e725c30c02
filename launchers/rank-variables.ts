import type { ClusterRequest } from '../src/job/job.ts';
import { portOf, wholeNumberOf } from './flag-values.ts';
import type { Environment, Placement } from './launcher.ts';

/** The variables that describe the nodes to LLaMA-Factory and ms-swift. */
export function clusterOfVariables(program: string, env: Environment): ClusterRequest {
  const cluster: ClusterRequest = {};
  const { NNODES: nodes, NPROC_PER_NODE: ranks, MASTER_ADDR: address, MASTER_PORT: port } = env;
  if (nodes) cluster.nodes = wholeNumberOf(program, 'NNODES', nodes, 1);
  if (ranks) cluster.ranksPerNode = wholeNumberOf(program, 'NPROC_PER_NODE', ranks, 1);
  if (address) cluster.masterAddress = address;
  if (port) cluster.masterPort = portOf(program, 'MASTER_PORT', port);
  return cluster;
}

/** The same variables for one node. */
export function variablesOf({ rank, nodes, masterAddress, masterPort }: Placement): Record<string, string> {
  return {
    NNODES: String(nodes.length),
    NODE_RANK: String(rank),
    NPROC_PER_NODE: String(nodes[rank]?.slots.length ?? 1),
    MASTER_ADDR: masterAddress,
    MASTER_PORT: String(masterPort),
  };
}
