# pct as far as a crash can cut it off: N.conf in its recorded phases, under the recorded lock, without volumes and containers.
# perl small-pct.pl CONFIG_DIR LOCK_DIR FAULT_FILE COMMAND ARGUMENTS. The fault file, used once, says when the caller is killed ("before",
# "middle", "after") or the command itself ("dead"), which may have a worker that goes on ("worker").
use strict;
use warnings;
use Fcntl qw(:flock);

my ($dir, $locks, $fault, $command, $vmid, $name, @options) = @ARGV;
my %option = map { /^--(.*)/ ? ($1, 1) : () } @options;
for my $at (0 .. $#options - 1) { $option{$1} = $options[$at + 1] if $options[$at] =~ /^--(.*)/; }
my $caller = getppid();

sub at {
    my ($moment) = @_;
    open(my $file, '<', $fault) or return;
    my $wanted = <$file>;
    return if $wanted ne $moment && !($wanted =~ /^(dead|worker)$/ && $moment eq 'middle');
    unlink($fault);
    if ($wanted eq 'worker') {
        # As the worker of a pct that is killed: a group of its own, and the pipes of pct.
        if (fork()) { kill('KILL', $$); }
        setpgrp(0, 0);
    }
    else { kill('KILL', $wanted eq 'dead' ? $$ : $caller); }
    # Goes on only when the next life of the caller is there: opening waits for a writer.
    if (-p "$fault-gate") { open(my $gate, '<', "$fault-gate"); }
}

sub sections {
    open(my $file, '<', "$dir/$vmid.conf") or die "Configuration file 'nodes/pve/lxc/$vmid.conf' does not exist\n";
    my @sections = (['', []]);
    while (defined(my $line = <$file>)) {
        chomp($line);
        if ($line =~ /^\[(.*)\]/) { push @sections, [$1, []]; }
        elsif ($line ne '') { push @{$sections[-1][1]}, $line; }
    }
    return @sections;
}

# As Proxmox writes it: comments, settings by name, raw lines; sections by name.
sub ordered {
    my @lines = @_;
    return (grep { /^#/ } @lines), (sort { ($a =~ /^(\w+)/)[0] cmp ($b =~ /^(\w+)/)[0] } grep { !/^#|^lxc\./ } @lines), grep { /^lxc\./ } @lines;
}

sub change {
    my ($edit) = @_;
    open(my $lock, '>>', "$locks/pve-config-$vmid.lock") or die "$!\n";
    flock($lock, LOCK_EX);
    my ($main, @others) = sections();
    my %snapshots = map { $_->[0] => $_->[1] } @others;
    my @lines = @{$main->[1]};
    $edit->(\@lines, \%snapshots);
    my $text = join('', map { "$_\n" } ordered(@lines));
    $text .= join('', "\n[$_]\n", map { "$_\n" } ordered(@{$snapshots{$_}})) for sort keys %snapshots;
    open(my $file, '>', "$dir/$vmid.conf.tmp.$$") or die "$!\n";
    print $file $text;
    close($file);
    rename("$dir/$vmid.conf.tmp.$$", "$dir/$vmid.conf");
}

sub drop { my ($lines, $pattern) = @_; @$lines = grep { !/$pattern/ } @$lines; }
sub locked { my ($lines) = @_; /^lock: (.*)/ and die "CT is locked ($1)\n" for @$lines; }
sub begin { my ($lines, $lock) = @_; locked($lines); push @$lines, "lock: $lock"; }

my %commands = (
    snapshot => [
        sub {
            my ($lines, $snapshots) = @_;
            die "snapshot feature is not available\n" if grep { m{^mp\d+: /} } @$lines;
            die "snapshot name '$name' already used\n" if $snapshots->{$name};
            my @copy = grep { !/^(#|lock:|unused)/ } @$lines;
            begin($lines, 'snapshot');
            my @description = map { s/([%:])/sprintf('%%%02X', ord($1))/ger } split(/\n/, $option{description} // '');
            $snapshots->{$name} = [(map { "#$_" } @description), @copy, 'snapstate: prepare', 'snaptime: 1795399999'];
        },
        sub {
            my ($lines, $snapshots) = @_;
            drop($lines, '^(lock|parent):');
            push @$lines, "parent: $name";
            drop($snapshots->{$name}, '^snapstate:');
        },
    ],
    rollback => [
        sub {
            my ($lines, $snapshots) = @_;
            die "snapshot '$name' does not exist\n" if !$snapshots->{$name};
            die "a data volume would be reverted\n" if grep { /^mp\d+: [^\/]/ } @{$snapshots->{$name}};
            begin($lines, 'rollback');
        },
        sub {
            my ($lines, $snapshots) = @_;
            my @kept = grep { /^(#|unused)/ } @$lines;
            my @volumes = map { /^mp\d+: ([^\/,][^,]*)/ ? $1 : () } @$lines;
            my @copy = grep { !/^(#|snaptime:|parent:)/ } @{$snapshots->{$name}};
            my $next = grep { /^unused/ } @kept;
            for my $volume (@volumes) { push @kept, 'unused' . $next++ . ": $volume" if !grep { /\Q$volume\E/ } @copy; }
            @$lines = (@kept, @copy, "parent: $name");
        },
    ],
    delsnapshot => [
        sub {
            my ($lines, $snapshots) = @_;
            die "snapshot '$name' does not exist\n" if !$snapshots->{$name};
            begin($lines, 'snapshot-delete');
            drop($snapshots->{$name}, '^snapstate:');
            push @{$snapshots->{$name}}, 'snapstate: delete';
        },
        sub {
            my ($lines, $snapshots) = @_;
            my ($parent) = map { /^(parent: .*)/ ? $1 : () } @{$snapshots->{$name}};
            delete $snapshots->{$name};
            for my $each ($lines, values %$snapshots) { @$each = map { $_ eq "parent: $name" ? ($parent // ()) : $_ } @$each; }
            drop($lines, '^lock:');
        },
    ],
    unlock => [sub { drop($_[0], '^lock:') }, sub { }],
);
my ($first, $second) = @{$commands{$command} or die "ERROR: unknown command 'pct $command'\n"};
at('before') if $command ne 'unlock';
change($first);
at('middle') if $command ne 'unlock';
change($second);
at('after') if $command ne 'unlock';
