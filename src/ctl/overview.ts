/** What `phoenixctl --help` says before it lists the commands. */
export const overview = `Orchestrates LXC containers through the agent of their host.

  phoenixctl ps                              what is there
  phoenixctl plan letsgo 950                 what a letsgo of 950 would do; executes nothing
  phoenixctl letsgo 950                      back to pre-configured, provisioned again, running
  phoenixctl orchestrate --all               everything as the manifest says
  phoenixctl exec 950 -- nvidia-smi          a command inside
  phoenixctl snapshot list 950               the states that it can go back to
  phoenixctl run list                        what was done, and what came of it
  phoenixctl run logs 7QXZ                   all that a run's scripts have printed
  phoenixctl ps -o json                      the same for programs

Exit codes: 0 done, 1 failed, 2 bad usage, 3 some of several failed, 4 no agent, 5 not allowed,
6 refused, 7 changes pending (plan), 130 interrupted (the run goes on).`;
