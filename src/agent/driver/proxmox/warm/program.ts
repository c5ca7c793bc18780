/**
 * A Perl program that has pct's modules loaded and runs its handler in a fork for each request, as /usr/sbin/pct does it in a process of its own
 * (facts/proxmox.md, "A warm pct"). Under -T as well: what comes from here is tainted as arguments are, so nothing is less checked.
 *
 * Requests on stdin: "ID COUNT\n", then COUNT words, each "LENGTH\nBYTES": the files for stdout and stderr, a mark for the environment, the arguments.
 * Answers on stdout, a line each: "ready PID" when the modules are loaded, "started ID PID" before a command begins, "done ID CODE" when it has ended.
 * Each request has a process of its own that waits for the command, so one that hangs holds nobody up, and commands survive the server.
 * It ends with its input; what is under way goes on.
 */
export const warmProgram = String.raw`
use strict;
use warnings;
use POSIX ();

open(my $reply, '>&', \*STDOUT) or die "no stdout: $!\n";
open(STDOUT, '>&', \*STDERR) or die "no stderr: $!\n";
$| = 1;
sub say_line { syswrite($reply, "$_[0]\n"); }

require PVE::CLI::pct;
say_line("ready $$");

sub read_word {
    my $length = <STDIN>;
    my $word = '';
    while (length($word) < $length) {
        read(STDIN, $word, $length - length($word), length($word)) or POSIX::_exit(0);
    }
    return $word;
}

sub command {
    my ($out, $err, $mark, @arguments) = @_;
    ($out) = $out =~ /^(.*)$/s;
    ($err) = $err =~ /^(.*)$/s;
    close($reply);
    open(STDIN, '<', '/dev/null') or die "no /dev/null: $!\n";
    open(STDOUT, '>', $out) or die "$out: $!\n";
    open(STDERR, '>', $err) or die "$err: $!\n";
    $ENV{PHOENIX_PCT} = $mark;
    $0 = "pct PHOENIX_PCT=$mark";
    @ARGV = @arguments;
    PVE::CLI::pct->run_cli_handler();
    exit(0);
}

$SIG{CHLD} = 'IGNORE';
while (defined(my $line = <STDIN>)) {
    my ($id, $count) = split(' ', $line);
    my @words = map { read_word() } 1 .. $count;
    my $waiter = fork();
    next if $waiter || !defined($waiter);
    $SIG{CHLD} = 'DEFAULT';
    say_line("started $id $$");
    my $pid = fork();
    if (!defined($pid)) { say_line("done $id 255"); POSIX::_exit(1); }
    command(@words) if !$pid;
    waitpid($pid, 0);
    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    say_line("done $id $code");
    POSIX::_exit(0);
}
`;
