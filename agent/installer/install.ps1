# SPDX-License-Identifier: Apache-2.0
# Puts the Mainstay agent on this machine, makes it known to the server and lets it run as a service.
# usage: & ([scriptblock]::Create((irm SERVER/agents/install.ps1))) TOKEN [-Proxy http://user:password@host:port]
param([Parameter(Mandatory = $true)][string]$Token, [string]$Proxy = "")
$ErrorActionPreference = "Stop"
$ProgressPreference = "SilentlyContinue"
$server = '{{.Server}}'
$sums = @{
{{- range .Files}}
  '{{.Name}}' = '{{.Sum}}'
{{- end}}
}
if (-not $Token.StartsWith("mainstay-enrol-")) { throw "Say the token that the server shows." }
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw "This must run in a PowerShell that was started as administrator." }
$arch = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
$arch = switch ($arch) { "AMD64" { "amd64" } "ARM64" { "arm64" } default { throw "There is no agent for processors of the kind $arch." } }
$name = "mainstay-agent-windows-$arch.exe"
$sum = $sums[$name]
if (-not $sum) { throw "The server has no agent for Windows on $arch." }

$folder = Join-Path $env:ProgramFiles "Mainstay Agent"
$program = Join-Path $folder "mainstay-agent.exe"
New-Item -ItemType Directory -Force -Path $folder, (Join-Path $folder "checks.d") | Out-Null
$stopped = $false
$file = Join-Path $folder ("new-" + [guid]::NewGuid().ToString("N") + ".exe")
try {
  Write-Host "mainstay-agent: Fetching $name from $server"
  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
  # The certificate need not be one that this machine knows: what counts is the sum, which came with this script.
  $before = [Net.ServicePointManager]::ServerCertificateValidationCallback
  [Net.ServicePointManager]::ServerCertificateValidationCallback = { $true }
  $client = New-Object Net.WebClient
  if ($Proxy) {
    $u = [Uri]$Proxy
    $client.Proxy = New-Object Net.WebProxy("{0}://{1}:{2}" -f $u.Scheme, $u.Host, $u.Port)
    if ($u.UserInfo) {
      $parts = $u.UserInfo.Split(":", 2)
      $client.Proxy.Credentials = New-Object Net.NetworkCredential([Uri]::UnescapeDataString($parts[0]), [Uri]::UnescapeDataString($(if ($parts.Length -gt 1) { $parts[1] } else { "" })))
    }
  }
  $client.DownloadFile("$server/agents/files/$name", $file)
  $got = (Get-FileHash -Algorithm SHA256 -Path $file).Hash.ToLowerInvariant()
  if ($got -ne $sum) { throw "What was fetched is not what the server announced. Nothing was installed." }
  # Enrolled first: when that fails, an agent that runs goes on as it was. By standard input: arguments are for everybody to read while a
  # command runs.
  $arguments = @("enrol")
  if ($Proxy) { $arguments += @("--proxy", $Proxy) }
  $Token | & $file @arguments -
  if ($LASTEXITCODE -ne 0) { throw "The machine was not enrolled." }
  # A running agent keeps its file open: stopped first, started again by install.
  $service = Get-Service -Name "mainstay-agent" -ErrorAction SilentlyContinue
  if ($service -and $service.Status -ne "Stopped") {
    $stopped = $true
    Stop-Service -Name "mainstay-agent" -Force
  }
  Move-Item -Force -Path $file -Destination $program
  & $program install
  if ($LASTEXITCODE -ne 0) { throw "The service was not installed." }
  $stopped = $false
} finally {
  [Net.ServicePointManager]::ServerCertificateValidationCallback = $before
  if (Test-Path $file) { Remove-Item -Force $file }
  # Whatever went wrong: no machine is left without its agent.
  if ($stopped) { Start-Service -Name "mainstay-agent" -ErrorAction SilentlyContinue }
}
