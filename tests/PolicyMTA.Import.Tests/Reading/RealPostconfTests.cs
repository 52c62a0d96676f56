using System.Diagnostics;
using System.Runtime.CompilerServices;
using PolicyMTA.EndToEnd.Peers;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Tests.Reading;

/// <summary>Postfix's own postconf says how it reads the same files.</summary>
public sealed class RealPostconfTests
{
    private const string Main = """
        # a comment
        compatibility_level = 3.7
        mail_name = first
        mydomain = example.com
        myhostname=mx.$mydomain
        mydestination = $myhostname,
           # a comment within
        
        	localhost.${mydomain}, $(mydomain)
        relayhost = ${mydomain?smtp.$mydomain}
        smtp_fallback_relay = ${relayhost:nowhere.example}
        mail_name = second  
        smtp_helo_name = ${mydomain?{helo.$mydomain}:{none}}
        smtpd_banner = $$ {x} ${{$compatibility_level} == {3.7} ? {yes} : {no}} ${{a}<{b}?less} ${{10} >= {9}?more}
        local_transport = ${{a} == {b}?{x}:{local:$myhostname}}
        notify_classes = ${ mydomain ? {a b} : {c} } # not a comment
        """;

    private const string Master = """
        # service type private unpriv chroot wakeup maxproc command
        smtp      inet  n - y - - smtpd
        submission inet n       -       y       -       1       smtpd
          -o syslog_name=postfix/submission
          # a comment within
          -o { smtpd_banner = two words }
          -osmtpd_tls_security_level=encrypt
          -v -o smtpd_helo_required=no -o smtpd_helo_required=yes
        pickup    unix n - n 60? 1 pickup
        spf unix - n n - 0 spawn
          user=nobody argv=/bin/cat -o not=this
        127.0.0.1:10025 inet n - n - 5 smtpd -o mynetworks=127.0.0.0/8
        """;

    [Fact]
    public void Values_are_those_of_postconf_n()
    {
        var expected = Parameters("-n").ToDictionary(p => p.Name, p => Words(p.Value));
        var read = MainConfiguration.Read("main.cf", Main);
        Assert.Empty(read.Problems);
        Assert.Equal(expected.OrderBy(p => p.Key, StringComparer.Ordinal), read.InForce.Select(p => KeyValuePair.Create(p.Key, Words(p.Value.Value))).OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Expanded_values_are_those_of_postconf_x()
    {
        var expected = Parameters("-xn").ToDictionary(p => p.Name, p => Words(p.Value));
        var read = MainConfiguration.Read("main.cf", Main).InForce;
        var expansion = new ParameterExpansion(name => read.GetValueOrDefault(name)?.Value);
        Assert.Equal(expected.OrderBy(p => p.Key, StringComparer.Ordinal), read.Select(p => KeyValuePair.Create(p.Key, Words(expansion.Expand(p.Value.Value)))).OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Services_are_those_of_postconf_M()
    {
        var read = MasterConfiguration.Read("master.cf", Master);
        Assert.Empty(read.Problems);
        var columns = read.Services.Select(s => string.Join(' ', s.Name, s.Type, s.Private, s.Unprivileged, s.Chroot, s.Wakeup, s.ProcessLimit, s.Command));
        Assert.Equal(Postconf("-M").Select(line => string.Join(' ', Words(line).Split(' ')[..8])), columns);
    }

    [Fact]
    public void Overrides_are_those_of_postconf_P()
    {
        var read = MasterConfiguration.Read("master.cf", Master).Services
            .SelectMany(s => s.Overrides.GroupBy(o => o.Name, (_, all) => $"{s.Name}/{s.Type}/{all.Last().Name} = {all.Last().Value}"));
        Assert.Equal(Postconf("-P").Select(Words).Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("guide/as-meant")]
    [InlineData("smarthost")]
    [InlineData("backup-mx")]
    [InlineData("list-host")]
    public void Samples_are_read_as_postconf_reads_them(string sample)
    {
        var folder = Path.Combine(Root(), "samples", "postfix", sample);
        var main = MainConfiguration.Read("main.cf", File.ReadAllText(Path.Combine(folder, "main.cf")));
        var master = MasterConfiguration.Read("master.cf", File.ReadAllText(Path.Combine(folder, "master.cf")));
        var listed = Run(folder, "-n").Select(line => Parameter.Parse(line, default)!).Where(p => p.Name != "config_directory").ToDictionary(p => p.Name, p => Words(p.Value));

        Assert.Equal(listed, main.InForce.ToDictionary(p => p.Key, p => Words(p.Value.Value)));
        var columns = master.Services.Select(s => string.Join(' ', s.Name, s.Type, s.Private, s.Unprivileged, s.Chroot, s.Wakeup, s.ProcessLimit, s.Command));
        Assert.Equal(Run(folder, "-M").Select(line => string.Join(' ', Words(line).Split(' ')[..8])), columns);
        var overrides = master.Services.SelectMany(s => s.Overrides.GroupBy(o => o.Name, (_, all) => $"{s.Name}/{s.Type}/{all.Last().Name} = {Words(all.Last().Value)}".TrimEnd()));
        Assert.Equal(Run(folder, "-P").Select(Words).Order(StringComparer.Ordinal), overrides.Order(StringComparer.Ordinal));
    }

    // The folder given with -c is listed as if main.cf named it.
    private static IEnumerable<Parameter> Parameters(string option) => Postconf(option).Select(line => Parameter.Parse(line, default)!).Where(p => p.Name != "config_directory");

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string[] Postconf(string option)
    {
        UnpackedPeers.Require("postfix");
        var folder = Directory.CreateTempSubdirectory("policymta-postconf-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "main.cf"), Main + "\n");
            File.WriteAllText(Path.Combine(folder, "master.cf"), Master + "\n");
            return Run(folder, option);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Run(string folder, string option)
    {
        var root = UnpackedPeers.Require("postfix");
        var start = new ProcessStartInfo(Path.Combine(root, "usr/sbin/postconf"), ["-c", folder, option]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LD_LIBRARY_PATH"] = Path.Combine(root, "usr/lib/postfix");
        using var postconf = Process.Start(start)!;
        postconf.ErrorDataReceived += (_, _) => { };
        postconf.BeginErrorReadLine();
        var output = postconf.StandardOutput.ReadToEnd();
        postconf.WaitForExit();
        Assert.Equal(0, postconf.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
