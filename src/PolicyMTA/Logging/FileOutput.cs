using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>Lines at the end of a file. It is opened anew every second while lines come, so that a rotated file is let go without a signal.</summary>
internal sealed class FileOutput : ILogOutput
{
    private static readonly TimeSpan OpenFor = TimeSpan.FromSeconds(1);
    private readonly LineBuffer _lines = new();
    private readonly string _path;
    private readonly ILineFormat _format;
    private readonly TimeProvider _time;
    private FileStream? _stream;
    private long _opened;

    public FileOutput(string path, ILineFormat format, TimeProvider time)
    {
        (_path, _format, _time) = (path, format, time);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Open();
    }

    public void Write(LogEvent logEvent) => _format.Append(logEvent, _lines);

    public void Flush()
    {
        try
        {
            if (_stream is null || _time.GetElapsedTime(_opened) > OpenFor) Open();
            _stream!.Write(_lines.Written);
        }
        finally
        {
            _lines.Clear();
        }
    }

    private void Open()
    {
        Dispose();
        _stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _opened = _time.GetTimestamp();
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
