# What the scripts `pct` and `pvesh` are: a process that hands its call to the server (server.ts), prints what comes back and exits as it is
# told. They set $program, and $world and $server where these are not in the environment; without a server, one is started for this call alone.
use strict;
use warnings;
our ($program, $world, $server);

$world //= delete $ENV{PHOENIX_PCT_WORLD} // die "PHOENIX_PCT_WORLD is not set: it names the JSON file with the stand-in's folders\n";
my $connection = defined $server ? connected($server) : started();
# It says nothing more, so nobody has to read it; the real one does not die of that either.
$SIG{PIPE} = "IGNORE";
say_to($connection, join "\0", $program, $world, readlink("/proc/self/cwd"), @ARGV);

# Messages come from the server or, in a task, through its worker; frames.ts says what they are.
my ($from, $worker, $interrupted) = ($connection);
while (my ($kind, $text) = message($from)) {
  if    ($kind eq "O") { put(\*STDOUT, $text) }
  elsif ($kind eq "R") { put(\*STDERR, $text) }
  elsif ($kind eq "E") { finish($text) }
  elsif ($kind eq "X") { become(split /\0/, $text, -1) }
  elsif ($kind eq "T") { (my $name, $interrupted) = split /\0/, $text; $from = worker_of($name) }
}
die "the stand-in's server has ended\n" if !$worker;
# A worker that was killed says nothing (section "concurrency", stop --overrule-shutdown).
waitpid $worker, 0;
put(\*STDOUT, $interrupted) if ($? & 127) == 2;
put(\*STDERR, "got unexpected control message:  \n");
exit 255;

sub finish {
  my ($code) = @_;
  waitpid $worker, 0 if $worker;
  exit $code;
}

# pct exec is lxc-attach from then on, with the environment, the pipes and the signals of the caller.
sub become {
  my ($file, @argv) = @_;
  $SIG{PIPE} = "DEFAULT";
  exec { $file } @argv;
  die "$file: $!\n";
}

# What Proxmox calls fork_worker: a process that outlives its pct, in a group of its own, and holds none of the caller's pipes. The task is done
# by the server, and is as alive as this process: whoever kills it kills the task. Gives where its messages come from.
sub worker_of {
  my ($name) = @_;
  # These do not end a pct that waits for its task (section "killed mid-operation").
  $SIG{$_} = "IGNORE" for qw(TERM INT HUP);
  pipe(my $reader, my $writer) or die "pipe: $!\n";
  $worker = fork // die "fork: $!\n";
  if ($worker) {
    close $_ for $writer, $connection;
    return $reader;
  }
  $SIG{$_} = "DEFAULT" for qw(TERM INT HUP);
  setpgrp 0, 0;
  open STDIN, "<", "/dev/null";
  open $_, ">", "/dev/null" for \*STDOUT, \*STDERR;
  close $reader;
  $name =~ s/:PID:/sprintf ":%08X:", $$/e;
  $0 = "task $name";
  say_to($connection, $$);
  while (sysread $connection, my $data, 65536) { put($writer, $data) }
  exit 0;
}

# The server begins to listen at the time of the first call, more or less.
sub connected {
  my ($path) = @_;
  socket(my $socket, 1, 1, 0) or die "socket: $!\n"; # AF_UNIX, SOCK_STREAM: the module with their names takes as long to load as all of this
  for (1 .. 3000) {
    return $socket if connect $socket, pack "SZ*", 1, $path;
    select undef, undef, undef, 0.01;
  }
  die "the stand-in's server does not listen on $path: $!\n";
}

sub started {
  socketpair(my $ours, my $theirs, 1, 1, 0) or die "socketpair: $!\n";
  my $root = (__FILE__ =~ s{[^/]*$}{}r) . "../../..";
  if (!(fork // die "fork: $!\n")) {
    setpgrp 0, 0;
    open STDIN, "<&", $theirs;
    open $_, ">", "/dev/null" for \*STDOUT, \*STDERR;
    exec "$root/node_modules/.bin/node", "--disable-warning=ExperimentalWarning", "$root/test/support/pct/server.ts";
    exit 1;
  }
  return $ours;
}

sub message {
  my ($from) = @_;
  my ($kind, $length) = unpack "aN", received($from, 5) // return;
  return ($kind, received($from, $length) // return);
}

sub received {
  my ($from, $length) = @_;
  my $data = "";
  while (length $data < $length) { sysread $from, $data, $length - length $data, length $data or return undef }
  return $data;
}

sub say_to {
  my ($to, $text) = @_;
  put($to, pack "N/a*", $text);
}

sub put {
  my ($to, $text) = @_;
  for (my $at = 0; $at < length $text;) {
    my $written = syswrite $to, $text, length($text) - $at, $at;
    return if !defined $written && $! != 11; # EAGAIN: a pipe of the caller's that does not wait
    $at += $written // 0;
  }
}
