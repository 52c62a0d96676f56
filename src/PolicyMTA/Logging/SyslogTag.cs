using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>How the program names itself in the system log: <c>postfix/smtpd[123]</c> with facility <c>mail</c>.</summary>
internal sealed record SyslogTag(string Name, int Facility)
{
    /// <summary>The priority of RFC 3164 §4.1.1.</summary>
    public int Priority(LogEventLevel level) => Facility * 8 + level switch
    {
        LogEventLevel.Fatal => 2,
        LogEventLevel.Error => 3,
        LogEventLevel.Warning => 4,
        LogEventLevel.Information => 6,
        _ => 7,
    };

    /// <summary>The tag with its process id and colon.</summary>
    public void Append(LineBuffer line, string category)
    {
        line.Append(Name);
        line.Append("/");
        line.Append(category);
        line.Append("[");
        line.Append(Environment.ProcessId);
        line.Append("]: ");
    }

    /// <summary>The word that Postfix puts before lines that are more than news; log watchers look for it.</summary>
    public static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => "fatal: ",
        LogEventLevel.Error => "error: ",
        LogEventLevel.Warning => "warning: ",
        _ => "",
    };
}
